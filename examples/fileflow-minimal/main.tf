# A service inside the network: load balancer, tasks, database, alarms. Everything else is a default of the modules;
# the defaults are fit for production.

locals {
  service = "fileflow"
  name    = "${local.service}-${var.env}"
  key_arn = data.aws_kms_alias.platform.target_key_arn
  log     = "/ecs/${local.name}"

  tags = {
    org     = "acme"
    env     = var.env
    service = local.service
    version = "1.0"
    owner   = "team-fileflow"
  }
}

# Resources of the platform, looked up by name.

data "aws_vpc" "platform" {
  tags = { Name = "platform-${var.env}" }
}

data "aws_subnets" "private" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.platform.id]
  }

  tags = { Tier = "private" }
}

data "aws_kms_alias" "platform" {
  name = "alias/platform-${var.env}"
}

data "aws_acm_certificate" "service" {
  domain   = "${local.service}.${var.env}.example.com"
  statuses = ["ISSUED"]
}

data "aws_sns_topic" "alarms" {
  name = "platform-alerts-${var.env}"
}

data "aws_ecr_repository" "service" {
  name = local.service
}

data "aws_ecr_image" "service" {
  repository_name = local.service
  image_tag       = var.image_tag
}

# Allowed traffic: network -> load balancer -> tasks -> database, and tasks -> AWS.

module "sg_alb" {
  source = "git::https://github.com/org/infra.git//modules/sg?ref=v0.7.0"

  name        = "${local.name}-alb"
  description = "Load balancer of ${local.name}"
  vpc_id      = data.aws_vpc.platform.id
  ingress     = { https = { description = "HTTPS", from_port = 443, cidr_ipv4 = data.aws_vpc.platform.cidr_block } }
  egress      = { tasks = { description = "Tasks", from_port = 8080, security_group_id = module.sg_app.id } }
  tags        = local.tags
}

module "sg_app" {
  source = "git::https://github.com/org/infra.git//modules/sg?ref=v0.7.0"

  name        = "${local.name}-app"
  description = "Tasks of ${local.name}"
  vpc_id      = data.aws_vpc.platform.id
  ingress     = { alb = { description = "Load balancer", from_port = 8080, security_group_id = module.sg_alb.id } }
  tags        = local.tags

  egress = {
    database  = { description = "Database", from_port = 5432, security_group_id = module.sg_db.id }
    endpoints = { description = "AWS through endpoints in the VPC", from_port = 443, cidr_ipv4 = data.aws_vpc.platform.cidr_block }
  }
}

module "sg_db" {
  source = "git::https://github.com/org/infra.git//modules/sg?ref=v0.7.0"

  name        = "${local.name}-db"
  description = "Database of ${local.name}"
  vpc_id      = data.aws_vpc.platform.id
  ingress     = { app = { description = "Tasks", from_port = 5432, security_group_id = module.sg_app.id } }
  tags        = local.tags
}

module "alb" {
  source = "git::https://github.com/org/infra.git//modules/alb?ref=v0.7.0"

  name               = local.name
  vpc_id             = data.aws_vpc.platform.id
  subnet_ids         = data.aws_subnets.private.ids
  security_group_ids = [module.sg_alb.id]
  certificate_arn    = data.aws_acm_certificate.service.arn
  target_port        = 8080
  health_check       = { path = "/health" }
  tags               = local.tags
}

module "rds" {
  source = "git::https://github.com/org/infra.git//modules/rds?ref=v0.7.0"

  name                = local.name
  engine              = "postgres"
  engine_version      = "16"
  instance_class      = "db.t4g.micro"
  allocated_storage   = 20
  database_name       = local.service
  data_classification = "internal"
  kms_key_arn         = local.key_arn
  subnet_ids          = data.aws_subnets.private.ids
  security_group_ids  = [module.sg_db.id]
  tags                = local.tags
}

# The application signs in to the database with its role. It has no password.
module "iam" {
  source = "git::https://github.com/org/infra.git//modules/iam?ref=v0.7.0"

  name                     = local.name
  permissions_boundary_arn = "arn:aws:iam::${var.account_id}:policy/${local.name}-boundary"
  ecr_repository_arn       = data.aws_ecr_repository.service.arn
  log_group_name           = local.log
  tags                     = local.tags

  task_statements = [{
    sid       = "DatabaseSignIn"
    actions   = ["rds-db:connect"]
    resources = ["arn:aws:rds-db:${var.region}:${var.account_id}:dbuser:${module.rds.resource_id}/fileflow_app"]
  }]
}

module "ecs_service" {
  source = "git::https://github.com/org/infra.git//modules/ecs_service?ref=v0.7.0"

  name               = local.name
  image              = "${data.aws_ecr_repository.service.repository_url}@${data.aws_ecr_image.service.image_digest}"
  cpu                = 256
  memory             = 512
  desired_count      = 2
  container_port     = 8080
  environment        = { DB_HOST = module.rds.address, DB_NAME = module.rds.database_name, DB_USER = "fileflow_app" }
  exec_role_arn      = module.iam.exec_role_arn
  task_role_arn      = module.iam.task_role_arn
  subnet_ids         = data.aws_subnets.private.ids
  security_group_ids = [module.sg_app.id]
  target_group_arn   = module.alb.target_group_arn
  log_group_name     = local.log
  kms_key_arn        = local.key_arn
  tags               = local.tags
}

module "alarms" {
  source = "git::https://github.com/org/infra.git//modules/alarms?ref=v0.7.0"

  name                     = local.name
  topic_arn                = data.aws_sns_topic.alarms.arn
  slack_channels           = { critical = "#fileflow-alerts", warning = "#fileflow-alerts" }
  cluster_name             = module.ecs_service.cluster_name
  service_name             = module.ecs_service.service_name
  load_balancer_arn_suffix = module.alb.load_balancer_arn_suffix
  target_group_arn_suffix  = module.alb.target_group_arn_suffix
  db_identifier            = module.rds.identifier
  thresholds               = { rds_connections = 80 }
  tags                     = local.tags
}
