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

run "a_bad_release_is_rolled_back_and_fails_the_apply" {
  command = plan

  assert {
    condition     = aws_ecs_service.this.deployment_circuit_breaker[0].enable && aws_ecs_service.this.deployment_circuit_breaker[0].rollback
    error_message = "The circuit breaker does not roll back."
  }

  assert {
    condition     = aws_ecs_service.this.wait_for_steady_state && aws_ecs_service.this.deployment_minimum_healthy_percent == 100
    error_message = "The apply does not wait for healthy tasks, or old ones stop too early."
  }
}

run "tasks_are_private_and_as_many_as_asked" {
  command = plan

  assert {
    condition     = !aws_ecs_service.this.network_configuration[0].assign_public_ip && aws_ecs_service.this.network_configuration[0].subnets == toset(var.subnet_ids)
    error_message = "Tasks have a public address or other subnets."
  }

  assert {
    condition     = aws_ecs_service.this.desired_count == 2 && aws_ecs_service.this.health_check_grace_period_seconds == 60
    error_message = "The service does not run two tasks with a minute to start."
  }

  assert {
    condition     = aws_ecs_task_definition.this.network_mode == "awsvpc" && aws_ecs_task_definition.this.cpu == "256" && aws_ecs_task_definition.this.memory == "512"
    error_message = "The task has another size or network mode."
  }
}

run "the_container_can_write_to_the_named_folders_only" {
  command = plan

  variables {
    writable_paths = ["/tmp", "/var/cache/demo"]
  }

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem &&
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].user == "1000:1000" &&
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.capabilities.drop[0] == "ALL"
    )
    error_message = "The container runs as root, with capabilities, or writes to its own file system."
  }

  assert {
    condition     = { for mount in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].mountPoints : mount.sourceVolume => mount.containerPath } == { tmp = "/tmp", var-cache-demo = "/var/cache/demo" }
    error_message = "The writable folders are not mounted."
  }

  assert {
    condition     = toset([for volume in aws_ecs_task_definition.this.volume : volume.name]) == toset(["tmp", "var-cache-demo"])
    error_message = "The writable folders have no volumes."
  }
}

run "secrets_are_references_and_never_values" {
  command = plan

  variables {
    environment = { LOG_LEVEL = "info" }
    secrets     = { SIGNING_KEY = "arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:demo/test/app-AbCdEf:signing_key::" }
  }

  assert {
    condition     = one(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].secrets).valueFrom == var.secrets.SIGNING_KEY
    error_message = "The secret is not taken from Secrets Manager."
  }

  assert {
    condition     = one(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment) == { name = "LOG_LEVEL", value = "info" }
    error_message = "The environment is not what was given."
  }
}

run "logs_are_encrypted_kept_for_a_time_and_written_to" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/ecs/demo-test" && aws_cloudwatch_log_group.this.kms_key_id == var.kms_key_arn && aws_cloudwatch_log_group.this.retention_in_days == 90
    error_message = "The log is not encrypted, or kept for ever."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].logConfiguration.options.awslogs-group == "/ecs/demo-test"
    error_message = "The container does not write to the log group."
  }

  assert {
    condition     = one(aws_ecs_cluster.this.setting) == { name = "containerInsights", value = "enabled" }
    error_message = "The cluster cannot be watched."
  }
}

run "every_resource_bears_the_tags_and_tasks_inherit_them" {
  command = plan

  assert {
    condition     = alltrue([for tags in [aws_ecs_cluster.this.tags, aws_ecs_service.this.tags, aws_ecs_task_definition.this.tags, aws_cloudwatch_log_group.this.tags] : tags == var.tags])
    error_message = "A resource lacks one of org, env, service, version and owner."
  }

  assert {
    condition     = aws_ecs_service.this.propagate_tags == "SERVICE" && aws_ecs_service.this.enable_ecs_managed_tags
    error_message = "Tasks do not inherit the tags."
  }
}
