# A service behind a load balancer, with one value from Secrets Manager.

provider "aws" {
  region = "ap-northeast-2"
}

module "ecs_service" {
  source = "../.."

  name               = "demo-dev"
  image              = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com/demo@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  cpu                = 256
  memory             = 512
  desired_count      = 2
  container_port     = 8080
  exec_role_arn      = "arn:aws:iam::111111111111:role/demo-dev-exec"
  task_role_arn      = "arn:aws:iam::111111111111:role/demo-dev-task"
  subnet_ids         = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0cccccccccccccccc"]
  security_group_ids = ["sg-0aaaaaaaaaaaaaaaa"]
  target_group_arn   = "arn:aws:elasticloadbalancing:ap-northeast-2:111111111111:targetgroup/demo-dev-8080/0a1b2c3d4e5f6071"
  log_group_name     = "/ecs/demo-dev"
  kms_key_arn        = "arn:aws:kms:ap-northeast-2:111111111111:key/0a1b2c3d-0000-4000-8000-000000000000"

  environment = {
    LOG_LEVEL = "info"
  }

  secrets = {
    SIGNING_KEY = "arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:demo/dev/app-AbCdEf:signing_key::"
  }

  tags = {
    org     = "acme"
    env     = "dev"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}
