# The basic set, where full memory wakes somebody up and a busy database waits for the morning.

provider "aws" {
  region = "ap-northeast-2"
}

module "alarms" {
  source = "../.."

  name                     = "demo-prod"
  topic_arn                = "arn:aws:sns:ap-northeast-2:111111111111:platform-alerts-prod"
  slack_channels           = { critical = "#demo-oncall", warning = "#demo-alerts" }
  severities               = { ecs-memory = "critical", rds-connections = "warning" }
  cluster_name             = "demo-prod"
  service_name             = "demo-prod"
  load_balancer_arn_suffix = "app/demo-prod/0a1b2c3d4e5f6071"
  target_group_arn_suffix  = "targetgroup/demo-prod-8080/0a1b2c3d4e5f6071"
  db_identifier            = "demo-prod"
  thresholds               = { rds_connections = 650, rds_storage = 20 }

  tags = {
    org     = "acme"
    env     = "prod"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}

output "alarms" {
  description = "What goes off when, and where it is told."
  value       = module.alarms.alarms
}
