org             = "acme"
env             = "prod"
service         = "fileflow"
service_version = "1.2"
owner           = "team-fileflow"
account_id      = "333333333333"
region          = "ap-northeast-2"

# Names of platform resources.
network = {
  vpc             = "platform-prod"
  public_subnets  = ["platform-prod-public-a", "platform-prod-public-c"]
  private_subnets = ["platform-prod-private-a", "platform-prod-private-c"]
}

kms_alias   = "alias/platform-prod"
alarm_topic = "platform-alerts-prod"
dns_zone    = "prod.example.com"
domain      = "fileflow.prod.example.com"

slack_channels = {
  critical = "#fileflow-oncall"
  warning  = "#fileflow-alerts-prod"
}

listener = {
  port          = 443
  ssl_policy    = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  allowed_cidrs = ["0.0.0.0/0"]
}

# Protection of prod's load balancer and database. The Stack refuses weaker values.
load_balancer = {
  deletion_protection = true
}

image_repository = "fileflow"
image_tag        = "v1.2.3"

container = {
  cpu                = 1024
  memory             = 2048
  desired_count      = 4
  port               = 8080
  health_check_path  = "/health"
  log_retention_days = 365
}

environment = {
  LOG_LEVEL = "info"
}

secrets = {
  SIGNING_KEY = { secret = "fileflow/prod/app", json_key = "signing_key" }
}

database = {
  engine                = "postgres"
  engine_version        = "16.4"
  instance_class        = "db.m7g.large"
  allocated_storage     = 100
  max_allocated_storage = 500
  multi_az              = true
  name                  = "fileflow"
  data_classification   = "confidential"
  application_user      = "fileflow_app"
  backup_retention_days = 35
  backup_window         = "17:00-18:00"
  maintenance_window    = "sun:18:30-sun:19:30"
  deletion_protection   = true
  skip_final_snapshot   = false
  apply_immediately     = false

  parameters = {
    log_min_duration_statement = { value = "500" }
  }
}

alarm_thresholds = {
  alb_5xx         = 5
  rds_storage     = 20
  rds_connections = 650
}
