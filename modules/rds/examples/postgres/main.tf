# A database for production: a standby, protection and backups are the defaults.

provider "aws" {
  region = "ap-northeast-2"
}

module "rds" {
  source = "../.."

  name                = "demo-prod"
  engine              = "postgres"
  engine_version      = "16.4"
  instance_class      = "db.m7g.large"
  allocated_storage   = 100
  database_name       = "demo"
  data_classification = "confidential"
  kms_key_arn         = "arn:aws:kms:ap-northeast-2:111111111111:key/0a1b2c3d-0000-4000-8000-000000000000"
  subnet_ids          = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0cccccccccccccccc"]
  security_group_ids  = ["sg-0aaaaaaaaaaaaaaaa"]

  tags = {
    org     = "acme"
    env     = "prod"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}

output "address" {
  description = "Host name of the database."
  value       = module.rds.address
}
