org             = "acme"
env             = "dev"
service         = "fileflow"
service_version = "1.2"
owner           = "team-fileflow"
account_id      = "111111111111"
region          = "ap-northeast-2"

# Names of platform resources.
network = {
  vpc             = "platform-dev"
  public_subnets  = ["platform-dev-public-a", "platform-dev-public-c"]
  private_subnets = ["platform-dev-private-a", "platform-dev-private-c"]
}

kms_alias   = "alias/platform-dev"
alarm_topic = "platform-alerts-dev"
dns_zone    = "dev.example.com"
domain      = "fileflow.dev.example.com"

slack_channels = {
  critical = "#fileflow-alerts-dev"
  warning  = "#fileflow-alerts-dev"
}

listener = {
  port          = 443
  ssl_policy    = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  allowed_cidrs = ["0.0.0.0/0"]
}

# dev may be deleted, so protection is off. prod keeps the defaults, which protect it.
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
  LOG_LEVEL = "debug"
}

secrets = {
  SIGNING_KEY = { secret = "fileflow/dev/app", json_key = "signing_key" }
}

database = {
  engine                = "postgres"
  engine_version        = "16"
  instance_class        = "db.t4g.micro"
  allocated_storage     = 20
  max_allocated_storage = 50
  multi_az              = false
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
  rds_connections = 80
}
