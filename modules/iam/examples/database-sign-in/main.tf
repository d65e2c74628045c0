# Roles of a service that reads one secret and signs in to its database without a password.

provider "aws" {
  region = "ap-northeast-2"
}

module "iam" {
  source = "../.."

  name                     = "demo-dev"
  permissions_boundary_arn = "arn:aws:iam::111111111111:policy/demo-dev-boundary"
  ecr_repository_arn       = "arn:aws:ecr:ap-northeast-2:111111111111:repository/demo"
  log_group_name           = "/ecs/demo-dev"
  secret_arns              = ["arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:demo/dev/app-AbCdEf"]
  secret_kms_key_arn       = "arn:aws:kms:ap-northeast-2:111111111111:key/0a1b2c3d-0000-4000-8000-000000000000"

  task_statements = [{
    sid       = "DatabaseSignIn"
    actions   = ["rds-db:connect"]
    resources = ["arn:aws:rds-db:ap-northeast-2:111111111111:dbuser:db-ABCDEFGHIJKL/demo_app"]
  }]

  tags = {
    org     = "acme"
    env     = "dev"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}
