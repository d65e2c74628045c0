mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "ap-northeast-2" }
  }
}

variables {
  name               = "demo-test"
  image              = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com/demo@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  cpu                = 256
  memory             = 512
  desired_count      = 2
  container_port     = 8080
  exec_role_arn      = "arn:aws:iam::111111111111:role/demo-test-exec"
  task_role_arn      = "arn:aws:iam::111111111111:role/demo-test-task"
  subnet_ids         = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0cccccccccccccccc"]
  security_group_ids = ["sg-0aaaaaaaaaaaaaaaa"]
  target_group_arn   = "arn:aws:elasticloadbalancing:ap-northeast-2:111111111111:targetgroup/demo-test-8080/0a1b2c3d"
  log_group_name     = "/ecs/demo-test"
  kms_key_arn        = "arn:aws:kms:ap-northeast-2:111111111111:key/0a1b2c3d"

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

run "an_image_by_tag_is_refused" {
  command = plan

  variables {
    image = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com/demo:v1.2.3"
  }

  expect_failures = [var.image]
}

run "cpu_that_fargate_lacks_is_refused" {
  command = plan

  variables {
    cpu = 300
  }

  expect_failures = [var.cpu]
}

run "memory_that_does_not_go_with_the_cpu_is_refused" {
  command = plan

  variables {
    memory = 4096
  }

  expect_failures = [var.memory]
}

run "an_unknown_processor_is_refused" {
  command = plan

  variables {
    cpu_architecture = "RISCV"
  }

  expect_failures = [var.cpu_architecture]
}

run "no_task_at_all_is_refused" {
  command = plan

  variables {
    desired_count = 0
  }

  expect_failures = [var.desired_count]
}

run "a_port_that_needs_root_is_refused" {
  command = plan

  variables {
    container_port = 80
  }

  expect_failures = [var.container_port]
}

run "root_is_refused" {
  command = plan

  variables {
    user = "0"
  }

  expect_failures = [var.user]
}

run "a_writable_root_is_refused" {
  command = plan

  variables {
    writable_paths = ["/"]
  }

  expect_failures = [var.writable_paths]
}

run "a_variable_name_with_a_dash_is_refused" {
  command = plan

  variables {
    environment = { "log-level" = "info" }
  }

  expect_failures = [var.environment]
}

run "a_password_in_the_open_is_refused" {
  command = plan

  variables {
    environment = { DB_PASSWORD = "hunter2" }
  }

  expect_failures = [var.environment]
}

run "a_secret_by_value_is_refused" {
  command = plan

  variables {
    secrets = { SIGNING_KEY = "hunter2" }
  }

  expect_failures = [var.secrets]
}

run "a_name_that_stands_twice_is_refused" {
  command = plan

  variables {
    environment = { SIGNING = "x" }
    secrets     = { SIGNING = "arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:demo/test/app-AbCdEf" }
  }

  expect_failures = [var.secrets]
}

run "an_execution_role_by_name_is_refused" {
  command = plan

  variables {
    exec_role_arn = "demo-test-exec"
  }

  expect_failures = [var.exec_role_arn]
}

run "a_task_role_by_name_is_refused" {
  command = plan

  variables {
    task_role_arn = "demo-test-task"
  }

  expect_failures = [var.task_role_arn]
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

run "a_load_balancer_for_a_target_group_is_refused" {
  command = plan

  variables {
    target_group_arn = "arn:aws:elasticloadbalancing:ap-northeast-2:111111111111:loadbalancer/app/demo-test/0a1b2c3d"
  }

  expect_failures = [var.target_group_arn]
}

run "no_time_to_start_is_refused" {
  command = plan

  variables {
    health_check_grace_period = 0
  }

  expect_failures = [var.health_check_grace_period]
}

run "a_log_group_of_aws_is_refused" {
  command = plan

  variables {
    log_group_name = "/aws/ecs/demo"
  }

  expect_failures = [var.log_group_name]
}

run "a_log_that_is_kept_for_ever_is_refused" {
  command = plan

  variables {
    log_retention_days = 0
  }

  expect_failures = [var.log_retention_days]
}

run "a_log_without_a_key_is_refused" {
  command = plan

  variables {
    kms_key_arn = ""
  }

  expect_failures = [var.kms_key_arn]
}

run "a_missing_owner_is_refused" {
  command = plan

  variables {
    tags = { org = "acme", env = "test", service = "demo", version = "1.0" }
  }

  expect_failures = [var.tags]
}
