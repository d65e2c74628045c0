# A small MySQL for an environment that may be thrown away, with a parameter of its own.

provider "aws" {
  region = "ap-northeast-2"
}

module "rds" {
  source = "../.."

  name                                = "demo-dev"
  engine                              = "mysql"
  engine_version                      = "8.0"
  instance_class                      = "db.t4g.micro"
  allocated_storage                   = 20
  multi_az                            = false
  database_name                       = "demo"
  data_classification                 = "internal"
  kms_key_arn                         = "arn:aws:kms:ap-northeast-2:111111111111:key/0a1b2c3d-0000-4000-8000-000000000000"
  subnet_ids                          = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0cccccccccccccccc"]
  security_group_ids                  = ["sg-0aaaaaaaaaaaaaaaa"]
  deletion_protection                 = false
  skip_final_snapshot                 = true
  performance_insights_retention_days = 0 # small MySQL instances have none

  parameters = {
    long_query_time = { value = "1" }
  }

  tags = {
    org     = "acme"
    env     = "dev"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}
