org             = "acme"
env             = "stg"
service         = "fileflow"
service_version = "1.2"
owner           = "team-fileflow"
account_id      = "222222222222"
region          = "ap-northeast-2"

# Names of platform resources.
network = {
  vpc             = "platform-stg"
  public_subnets  = ["platform-stg-public-a", "platform-stg-public-c"]
  private_subnets = ["platform-stg-private-a", "platform-stg-private-c"]
}

kms_alias   = "alias/platform-stg"
alarm_topic = "platform-alerts-stg"
dns_zone    = "stg.example.com"
domain      = "fileflow.stg.example.com"

slack_channels = {
  critical = "#fileflow-alerts-stg"
  warning  = "#fileflow-alerts-stg"
}

listener = {
  port          = 443
  ssl_policy    = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  allowed_cidrs = ["0.0.0.0/0"]
}

# Rehearses prod: its sizes are smaller, and it may be thrown away.
load_balancer = {
  deletion_protection = false
}

image_repository = "fileflow"
image_tag        = "v1.2.3"

container = {
  cpu                = 256
  memory             = 512
  desired_count      = 2
  port               = 8080
  health_check_path  = "/health"
  log_retention_days = 30
}

environment = {
  LOG_LEVEL = "info"
}

secrets = {
  SIGNING_KEY = { secret = "fileflow/stg/app", json_key = "signing_key" }
}

database = {
  engine                = "postgres"
  engine_version        = "16"
  instance_class        = "db.t4g.medium"
  allocated_storage     = 50
  max_allocated_storage = 100
  multi_az              = true
  name                  = "fileflow"
  data_classification   = "internal"
  application_user      = "fileflow_app"
  backup_retention_days = 7
  backup_window         = "17:00-18:00"
  maintenance_window    = "sun:18:30-sun:19:30"
  deletion_protection   = false
  skip_final_snapshot   = true
  apply_immediately     = true

  parameters = {
    log_min_duration_statement = { value = "500" }
  }
}

alarm_thresholds = {
  rds_connections = 320
}
