# One database: encrypted, private, backed up, reached over TLS only, its master password made and rotated by RDS.

locals {
  postgres = var.engine == "postgres"

  version_parts = split(".", var.engine_version)
  major         = local.postgres ? local.version_parts[0] : join(".", slice(local.version_parts, 0, 2))
  exact         = var.engine_version != local.major
  family        = "${var.engine}${local.major}"

  tls = local.postgres ? { "rds.force_ssl" = { value = "1", apply_method = "immediate" } } : { require_secure_transport = { value = "1", apply_method = "immediate" } }
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Private subnets of ${var.name}"
  subnet_ids  = var.subnet_ids
  tags        = var.tags
}

# The family is part of the name: at a new major version the old group is in use until the instance has moved.
resource "aws_db_parameter_group" "this" {
  name        = "${var.name}-${replace(local.family, ".", "-")}"
  description = "Parameters of ${var.name}"
  family      = local.family
  tags        = var.tags

  dynamic "parameter" {
    for_each = merge(var.parameters, local.tls)

    content {
      name         = parameter.key
      value        = parameter.value.value
      apply_method = parameter.value.apply_method
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "primary" {
  identifier     = var.name
  engine         = var.engine
  engine_version = var.engine_version
  instance_class = var.instance_class
  multi_az       = var.multi_az

  storage_type          = "gp3"
  allocated_storage     = var.allocated_storage
  max_allocated_storage = var.max_allocated_storage
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  db_name                             = var.database_name
  username                            = var.master_username
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = var.kms_key_arn
  iam_database_authentication_enabled = true
  parameter_group_name                = aws_db_parameter_group.this.name

  port                   = coalesce(var.port, local.postgres ? 5432 : 3306)
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = var.security_group_ids
  publicly_accessible    = false

  backup_retention_period   = var.backup_retention_days
  backup_window             = var.backup_window
  copy_tags_to_snapshot     = true
  delete_automated_backups  = var.skip_final_snapshot
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = var.skip_final_snapshot
  final_snapshot_identifier = var.skip_final_snapshot ? null : coalesce(var.final_snapshot_name, "${var.name}-final")

  maintenance_window          = var.maintenance_window
  apply_immediately           = var.apply_immediately
  auto_minor_version_upgrade  = !local.exact
  allow_major_version_upgrade = false

  enabled_cloudwatch_logs_exports       = local.postgres ? ["postgresql", "upgrade"] : ["error", "slowquery"]
  performance_insights_enabled          = var.performance_insights_retention_days > 0
  performance_insights_kms_key_id       = var.performance_insights_retention_days > 0 ? var.kms_key_arn : null
  performance_insights_retention_period = var.performance_insights_retention_days > 0 ? var.performance_insights_retention_days : null
  monitoring_interval                   = var.monitoring_role_arn == null ? 0 : 60
  monitoring_role_arn                   = var.monitoring_role_arn

  tags = merge(var.tags, { data_classification = var.data_classification })
}
