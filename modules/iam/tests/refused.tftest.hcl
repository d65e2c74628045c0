mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { name = "ap-northeast-2" }
  }
}

variables {
  name                     = "demo-test"
  permissions_boundary_arn = "arn:aws:iam::111111111111:policy/demo-test-boundary"
  ecr_repository_arn       = "arn:aws:ecr:ap-northeast-2:111111111111:repository/demo"
  log_group_name           = "/ecs/demo-test"

  tags = {
    org     = "acme"
    env     = "test"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}

run "a_name_in_capitals_is_refused" {
  command = plan

  variables {
    name = "Demo"
  }

  expect_failures = [var.name]
}

run "roles_without_a_boundary_are_refused" {
  command = plan

  variables {
    permissions_boundary_arn = ""
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "a_boundary_that_aws_owns_is_refused" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "every_repository_is_refused" {
  command = plan

  variables {
    ecr_repository_arn = "arn:aws:ecr:ap-northeast-2:111111111111:repository/*"
  }

  expect_failures = [var.ecr_repository_arn]
}

run "every_log_group_is_refused" {
  command = plan

  variables {
    log_group_name = "/ecs/*"
  }

  expect_failures = [var.log_group_name]
}

run "every_secret_is_refused" {
  command = plan

  variables {
    secret_arns        = ["arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:*"]
    secret_kms_key_arn = "arn:aws:kms:ap-northeast-2:111111111111:key/0a1b2c3d"
  }

  expect_failures = [var.secret_arns]
}

run "secrets_without_their_key_are_refused" {
  command = plan

  variables {
    secret_arns = ["arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:demo/test/app-AbCdEf"]
  }

  expect_failures = [var.secret_kms_key_arn]
}

run "every_action_of_a_service_is_refused" {
  command = plan

  variables {
    task_statements = [{ sid = "All", actions = ["s3:*"], resources = ["arn:aws:s3:::demo-test-files/*"] }]
  }

  expect_failures = [var.task_statements]
}

run "every_resource_without_a_condition_is_refused" {
  command = plan

  variables {
    task_statements = [{ sid = "All", actions = ["s3:GetObject"], resources = ["*"] }]
  }

  expect_failures = [var.task_statements]
}

run "a_statement_about_nothing_is_refused" {
  command = plan

  variables {
    task_statements = [{ sid = "None", actions = ["s3:GetObject"], resources = [] }]
  }

  expect_failures = [var.task_statements]
}

run "a_missing_owner_is_refused" {
  command = plan

  variables {
    tags = { org = "acme", env = "test", service = "demo", version = "1.0" }
  }

  expect_failures = [var.tags]
}
