mock_provider "aws" {}

variables {
  name                = "demo-test"
  engine              = "postgres"
  engine_version      = "16"
  instance_class      = "db.t4g.micro"
  allocated_storage   = 20
  database_name       = "demo"
  data_classification = "internal"
  kms_key_arn         = "arn:aws:kms:ap-northeast-2:111111111111:key/0a1b2c3d"
  subnet_ids          = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0cccccccccccccccc"]
  security_group_ids  = ["sg-0aaaaaaaaaaaaaaaa"]

  tags = {
    org     = "acme"
    env     = "test"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}

run "everything_is_encrypted_with_the_given_key" {
  command = plan

  assert {
    condition     = aws_db_instance.primary.storage_encrypted && aws_db_instance.primary.kms_key_id == var.kms_key_arn
    error_message = "The storage is not encrypted with the key."
  }

  assert {
    condition     = aws_db_instance.primary.master_user_secret_kms_key_id == var.kms_key_arn && aws_db_instance.primary.performance_insights_kms_key_id == var.kms_key_arn
    error_message = "Master password or Performance Insights are not encrypted with the key."
  }
}

run "nobody_knows_the_master_password" {
  command = plan

  assert {
    condition     = aws_db_instance.primary.manage_master_user_password && aws_db_instance.primary.password == null
    error_message = "RDS does not keep the master password itself."
  }

  assert {
    condition     = aws_db_instance.primary.iam_database_authentication_enabled
    error_message = "The application cannot sign in with its role."
  }
}

run "postgres_takes_tls_only_beside_the_given_parameters" {
  command = plan

  variables {
    parameters = { log_min_duration_statement = { value = "500" } }
  }

  assert {
    condition     = { for parameter in aws_db_parameter_group.this.parameter : parameter.name => parameter.value } == { "rds.force_ssl" = "1", log_min_duration_statement = "500" }
    error_message = "The parameters are not TLS and what was given."
  }

  assert {
    condition     = aws_db_parameter_group.this.family == "postgres16" && aws_db_parameter_group.this.name == "demo-test-postgres16" && aws_db_instance.primary.parameter_group_name == "demo-test-postgres16"
    error_message = "The instance does not use a parameter group of its major version."
  }
}

run "mysql_takes_tls_only" {
  command = plan

  variables {
    engine         = "mysql"
    engine_version = "8.0.40"
  }

  assert {
    condition     = aws_db_parameter_group.this.family == "mysql8.0" && one(aws_db_parameter_group.this.parameter).name == "require_secure_transport" && one(aws_db_parameter_group.this.parameter).value == "1"
    error_message = "MySQL takes connections without TLS."
  }

  assert {
    condition     = aws_db_instance.primary.port == 3306 && aws_db_parameter_group.this.name == "demo-test-mysql8-0"
    error_message = "Port or parameter group are not those of MySQL 8.0."
  }

  assert {
    condition     = !aws_db_instance.primary.auto_minor_version_upgrade
    error_message = "An exact version must stay as it is."
  }
}

run "the_instance_is_private" {
  command = plan

  assert {
    condition     = !aws_db_instance.primary.publicly_accessible && aws_db_instance.primary.port == 5432
    error_message = "The instance is reachable from outside, or not on PostgreSQL's port."
  }

  assert {
    condition     = aws_db_subnet_group.this.subnet_ids == toset(var.subnet_ids) && aws_db_instance.primary.db_subnet_group_name == "demo-test" && aws_db_instance.primary.vpc_security_group_ids == toset(var.security_group_ids)
    error_message = "The instance is not in the given subnets and groups."
  }
}

run "defaults_are_fit_for_production" {
  command = plan

  assert {
    condition     = aws_db_instance.primary.multi_az && aws_db_instance.primary.deletion_protection && aws_db_instance.primary.backup_retention_period == 14 && aws_db_instance.primary.copy_tags_to_snapshot
    error_message = "By default there is no standby, no protection or no backup."
  }

  assert {
    condition     = !aws_db_instance.primary.skip_final_snapshot && aws_db_instance.primary.final_snapshot_identifier == "demo-test-final" && !aws_db_instance.primary.delete_automated_backups
    error_message = "By default data is lost with the instance."
  }

  assert {
    condition     = aws_db_instance.primary.auto_minor_version_upgrade && !aws_db_instance.primary.allow_major_version_upgrade && !aws_db_instance.primary.apply_immediately
    error_message = "By default minor versions come by themselves, major ones never, and changes wait for the maintenance window."
  }

  assert {
    condition     = aws_db_instance.primary.performance_insights_enabled && aws_db_instance.primary.enabled_cloudwatch_logs_exports == toset(["postgresql", "upgrade"])
    error_message = "By default the instance cannot be watched."
  }
}

run "an_environment_that_may_be_thrown_away_leaves_nothing" {
  command = plan

  variables {
    multi_az            = false
    deletion_protection = false
    skip_final_snapshot = true
  }

  assert {
    condition     = aws_db_instance.primary.skip_final_snapshot && aws_db_instance.primary.final_snapshot_identifier == null && aws_db_instance.primary.delete_automated_backups
    error_message = "A snapshot or backups would stay behind."
  }

  assert {
    condition     = aws_db_instance.primary.storage_encrypted
    error_message = "Encryption does not depend on the protection."
  }
}

run "every_resource_bears_the_tags" {
  command = plan

  assert {
    condition     = aws_db_subnet_group.this.tags == var.tags && aws_db_parameter_group.this.tags == var.tags && alltrue([for key, value in var.tags : aws_db_instance.primary.tags[key] == value])
    error_message = "A resource lacks one of org, env, service, version and owner."
  }
}

run "the_classification_of_the_data_is_a_tag_of_what_holds_it" {
  command = plan

  assert {
    condition     = aws_db_instance.primary.tags["data_classification"] == "internal" && aws_db_instance.primary.copy_tags_to_snapshot
    error_message = "Instance and snapshots do not say how sensitive their data is."
  }
}
