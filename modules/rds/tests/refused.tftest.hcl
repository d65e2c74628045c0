mock_provider "aws" {
}

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

run "a_name_that_ends_with_a_dash_is_refused" {
  command = plan

  variables {
    name = "demo-"
  }

  expect_failures = [var.name]
}

run "an_unknown_engine_is_refused" {
  command = plan

  variables {
    engine = "oracle-se2"
  }

  expect_failures = [var.engine]
}

run "a_version_of_the_other_engine_is_refused" {
  command = plan

  variables {
    engine_version = "8.0"
  }

  expect_failures = [var.engine_version]
}

run "switching_tls_off_is_refused" {
  command = plan

  variables {
    parameters = { "rds.force_ssl" = { value = "0" } }
  }

  expect_failures = [var.parameters]
}

run "an_unknown_apply_method_is_refused" {
  command = plan

  variables {
    parameters = { work_mem = { value = "4096", apply_method = "later" } }
  }

  expect_failures = [var.parameters]
}

run "a_class_without_db_is_refused" {
  command = plan

  variables {
    instance_class = "t4g.micro"
  }

  expect_failures = [var.instance_class]
}

run "too_little_storage_is_refused" {
  command = plan

  variables {
    allocated_storage = 5
  }

  expect_failures = [var.allocated_storage]
}

run "room_to_grow_below_a_tenth_is_refused" {
  command = plan

  variables {
    max_allocated_storage = 21
  }

  expect_failures = [var.max_allocated_storage]
}

run "a_database_name_with_a_dash_is_refused" {
  command = plan

  variables {
    database_name = "demo-db"
  }

  expect_failures = [var.database_name]
}

run "a_reserved_master_name_is_refused" {
  command = plan

  variables {
    master_username = "admin"
  }

  expect_failures = [var.master_username]
}

run "a_port_below_those_of_rds_is_refused" {
  command = plan

  variables {
    port = 443
  }

  expect_failures = [var.port]
}

run "no_key_is_refused" {
  command = plan

  variables {
    kms_key_arn = ""
  }

  expect_failures = [var.kms_key_arn]
}

run "an_alias_for_a_key_is_refused" {
  command = plan

  variables {
    kms_key_arn = "alias/aws/rds"
  }

  expect_failures = [var.kms_key_arn]
}

run "one_subnet_is_refused" {
  command = plan

  variables {
    subnet_ids = ["subnet-0aaaaaaaaaaaaaaaa"]
  }

  expect_failures = [var.subnet_ids]
}

run "no_security_group_is_refused" {
  command = plan

  variables {
    security_group_ids = []
  }

  expect_failures = [var.security_group_ids]
}

run "no_backups_are_refused" {
  command = plan

  variables {
    backup_retention_days = 0
  }

  expect_failures = [var.backup_retention_days]
}

run "a_backup_window_in_words_is_refused" {
  command = plan

  variables {
    backup_window = "at night"
  }

  expect_failures = [var.backup_window]
}

run "a_maintenance_window_without_days_is_refused" {
  command = plan

  variables {
    maintenance_window = "18:30-19:30"
  }

  expect_failures = [var.maintenance_window]
}

run "skipping_the_snapshot_of_protected_data_is_refused" {
  command = plan

  variables {
    skip_final_snapshot = true
  }

  expect_failures = [var.skip_final_snapshot]
}

run "performance_insights_for_ten_days_are_refused" {
  command = plan

  variables {
    performance_insights_retention_days = 10
  }

  expect_failures = [var.performance_insights_retention_days]
}

run "a_monitoring_role_by_name_is_refused" {
  command = plan

  variables {
    monitoring_role_arn = "rds-monitoring"
  }

  expect_failures = [var.monitoring_role_arn]
}

run "a_missing_owner_is_refused" {
  command = plan

  variables {
    tags = { org = "acme", env = "test", service = "demo", version = "1.0" }
  }

  expect_failures = [var.tags]
}

run "an_unknown_classification_is_refused" {
  command = plan

  variables {
    data_classification = "secret"
  }

  expect_failures = [var.data_classification]
}
