locals {
  name           = "${var.service}-${var.env}"
  log_group_name = "/ecs/${local.name}"
  database_port  = var.database.engine == "postgres" ? 5432 : 3306

  tags = {
    org     = var.org
    env     = var.env
    service = var.service
    version = var.service_version
    owner   = var.owner
  }
}

# Resources of the platform, looked up by name. The same names exist in AWS and in the sandbox.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_vpc" "platform" {
  tags = { Name = var.network.vpc }
}

data "aws_subnets" "public" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.platform.id]
  }

  filter {
    name   = "tag:Name"
    values = var.network.public_subnets
  }

  tags = { Tier = "public" }

  lifecycle {
    postcondition {
      condition     = length(self.ids) == length(var.network.public_subnets)
      error_message = "Not every one of network.public_subnets exists in the VPC with the tag Tier=public."
    }
  }
}

data "aws_subnets" "private" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.platform.id]
  }

  filter {
    name   = "tag:Name"
    values = var.network.private_subnets
  }

  tags = { Tier = "private" }

  lifecycle {
    postcondition {
      condition     = length(self.ids) == length(var.network.private_subnets)
      error_message = "Not every one of network.private_subnets exists in the VPC with the tag Tier=private."
    }
  }
}

data "aws_prefix_list" "s3" {
  name = "com.amazonaws.${var.region}.s3"
}

data "aws_kms_alias" "platform" {
  name = var.kms_alias
}

data "aws_acm_certificate" "service" {
  domain      = var.domain
  statuses    = ["ISSUED"]
  most_recent = true
}

data "aws_route53_zone" "service" {
  name = var.dns_zone
}

data "aws_sns_topic" "alarms" {
  name = var.alarm_topic
}

data "aws_ecr_repository" "service" {
  name = var.image_repository
}

data "aws_ecr_image" "service" {
  repository_name = data.aws_ecr_repository.service.name
  image_tag       = var.image_tag
}

data "aws_secretsmanager_secret" "service" {
  for_each = toset([for reference in var.secrets : reference.secret])

  name = each.value
}

# Allowed traffic: internet -> load balancer -> tasks -> database, and tasks -> AWS through the endpoints in
# the VPC and the S3 gateway endpoint (image layers are in S3).

module "sg_alb" {
  source = "git::https://github.com/org/infra.git//modules/sg?ref=v0.6.1"

  name        = "${local.name}-alb"
  description = "Load balancer of ${local.name}"
  vpc_id      = data.aws_vpc.platform.id
  public      = true
  tags        = local.tags

  # Keyed by CIDR, not by list position: if a CIDR changed its position, AWS would refuse the new rule as a duplicate.
  ingress = merge([
    for cidr in var.listener.allowed_cidrs : {
      "https-${cidr}" = { description = "HTTPS", from_port = var.listener.port, cidr_ipv4 = cidr }
      "http-${cidr}"  = { description = "HTTP, redirected to HTTPS", from_port = 80, cidr_ipv4 = cidr }
    }
  ]...)

  egress = {
    tasks = { description = "Tasks", from_port = var.container.port, security_group_id = module.sg_app.id }
  }
}

module "sg_app" {
  source = "git::https://github.com/org/infra.git//modules/sg?ref=v0.6.1"

  name        = "${local.name}-app"
  description = "Tasks of ${local.name}"
  vpc_id      = data.aws_vpc.platform.id
  tags        = local.tags

  ingress = {
    alb = { description = "Load balancer", from_port = var.container.port, security_group_id = module.sg_alb.id }
  }

  egress = {
    database  = { description = "Database", from_port = local.database_port, security_group_id = module.sg_db.id }
    endpoints = { description = "AWS through endpoints in the VPC", from_port = 443, cidr_ipv4 = data.aws_vpc.platform.cidr_block }
    s3        = { description = "S3, image layers too", from_port = 443, prefix_list_id = data.aws_prefix_list.s3.id }
  }
}

module "sg_db" {
  source = "git::https://github.com/org/infra.git//modules/sg?ref=v0.6.1"

  name        = "${local.name}-db"
  description = "Database of ${local.name}"
  vpc_id      = data.aws_vpc.platform.id
  tags        = local.tags

  ingress = {
    app = { description = "Tasks", from_port = local.database_port, security_group_id = module.sg_app.id }
  }
}

module "alb" {
  source = "git::https://github.com/org/infra.git//modules/alb?ref=v0.6.1"

  name                = local.name
  internal            = false
  vpc_id              = data.aws_vpc.platform.id
  subnet_ids          = data.aws_subnets.public.ids
  security_group_ids  = [module.sg_alb.id]
  certificate_arn     = data.aws_acm_certificate.service.arn
  https_port          = var.listener.port
  ssl_policy          = var.listener.ssl_policy
  target_port         = var.container.port
  health_check        = { path = var.container.health_check_path }
  deletion_protection = var.load_balancer.deletion_protection
  access_logs         = var.load_balancer.access_logs
  tags                = local.tags
}

resource "aws_route53_record" "service" {
  zone_id = data.aws_route53_zone.service.zone_id
  name    = var.domain
  type    = "A"

  alias {
    name                   = module.alb.dns_name
    zone_id                = module.alb.zone_id
    evaluate_target_health = true
  }
}

module "rds" {
  source = "git::https://github.com/org/infra.git//modules/rds?ref=v0.6.1"

  name                  = local.name
  engine                = var.database.engine
  engine_version        = var.database.engine_version
  parameters            = var.database.parameters
  instance_class        = var.database.instance_class
  allocated_storage     = var.database.allocated_storage
  max_allocated_storage = var.database.max_allocated_storage
  multi_az              = var.database.multi_az
  database_name         = var.database.name
  port                  = local.database_port
  kms_key_arn           = data.aws_kms_alias.platform.target_key_arn
  subnet_ids            = data.aws_subnets.private.ids
  security_group_ids    = [module.sg_db.id]
  backup_retention_days = var.database.backup_retention_days
  backup_window         = var.database.backup_window
  maintenance_window    = var.database.maintenance_window
  deletion_protection   = var.database.deletion_protection
  skip_final_snapshot   = var.database.skip_final_snapshot
  apply_immediately     = var.database.apply_immediately
  data_classification   = var.database.data_classification
  tags                  = local.tags
}

# The application has no database password. It signs in with its task role (IAM authentication).
module "iam" {
  source = "git::https://github.com/org/infra.git//modules/iam?ref=v0.6.1"

  name                     = local.name
  permissions_boundary_arn = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:policy/${local.name}-boundary"
  ecr_repository_arn       = data.aws_ecr_repository.service.arn
  log_group_name           = local.log_group_name
  secret_arns              = [for secret in data.aws_secretsmanager_secret.service : secret.arn]
  secret_kms_key_arn       = data.aws_kms_alias.platform.target_key_arn
  tags                     = local.tags

  task_statements = [{
    sid       = "DatabaseSignIn"
    actions   = ["rds-db:connect"]
    resources = ["arn:${data.aws_partition.current.partition}:rds-db:${var.region}:${data.aws_caller_identity.current.account_id}:dbuser:${module.rds.resource_id}/${var.database.application_user}"]
  }]
}

module "ecs_service" {
  source = "git::https://github.com/org/infra.git//modules/ecs_service?ref=v0.6.1"

  name                      = local.name
  image                     = "${data.aws_ecr_repository.service.repository_url}@${data.aws_ecr_image.service.image_digest}"
  cpu                       = var.container.cpu
  memory                    = var.container.memory
  desired_count             = var.container.desired_count
  container_port            = var.container.port
  exec_role_arn             = module.iam.exec_role_arn
  task_role_arn             = module.iam.task_role_arn
  subnet_ids                = data.aws_subnets.private.ids
  security_group_ids        = [module.sg_app.id]
  target_group_arn          = module.alb.target_group_arn
  health_check_grace_period = var.container.health_check_grace_period
  log_group_name            = local.log_group_name
  log_retention_days        = var.container.log_retention_days
  kms_key_arn               = data.aws_kms_alias.platform.target_key_arn
  tags                      = local.tags

  environment = merge(var.environment, {
    DB_HOST = module.rds.address
    DB_PORT = tostring(module.rds.port)
    DB_NAME = module.rds.database_name
    DB_USER = var.database.application_user
  })

  secrets = {
    for name, reference in var.secrets : name => "${data.aws_secretsmanager_secret.service[reference.secret].arn}:${reference.json_key}::"
  }
}

module "alarms" {
  source = "git::https://github.com/org/infra.git//modules/alarms?ref=v0.6.1"

  name                     = local.name
  topic_arn                = data.aws_sns_topic.alarms.arn
  slack_channels           = var.slack_channels
  cluster_name             = module.ecs_service.cluster_name
  service_name             = module.ecs_service.service_name
  load_balancer_arn_suffix = module.alb.load_balancer_arn_suffix
  target_group_arn_suffix  = module.alb.target_group_arn_suffix
  db_identifier            = module.rds.identifier
  thresholds               = var.alarm_thresholds
  tags                     = local.tags
}

output "url" {
  description = "Address of the service."
  value       = "https://${var.domain}"
}

output "alb_dns_name" {
  description = "DNS name of the load balancer."
  value       = module.alb.dns_name
}

output "cluster_name" {
  description = "ECS cluster."
  value       = module.ecs_service.cluster_name
}

output "service_name" {
  description = "ECS service."
  value       = module.ecs_service.service_name
}

output "db_identifier" {
  description = "Database instance."
  value       = module.rds.identifier
}

output "target_group_arn" {
  description = "Target group of the tasks."
  value       = module.alb.target_group_arn
}

output "alarms" {
  description = "The alarms: what, metric, threshold, severity and Slack channel."
  value       = module.alarms.alarms
}
