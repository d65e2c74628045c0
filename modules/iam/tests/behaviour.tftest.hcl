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

run "both_roles_have_the_boundary" {
  command = plan

  assert {
    condition     = aws_iam_role.exec.name == "demo-test-exec" && aws_iam_role.exec.permissions_boundary == var.permissions_boundary_arn
    error_message = "The execution role has no boundary."
  }

  assert {
    condition     = aws_iam_role.task.name == "demo-test-task" && aws_iam_role.task.permissions_boundary == var.permissions_boundary_arn
    error_message = "The task role has no boundary."
  }
}

run "only_tasks_of_this_account_may_take_the_roles" {
  command = plan

  assert {
    condition = alltrue([
      for role in [aws_iam_role.exec, aws_iam_role.task] :
      jsondecode(role.assume_role_policy).Statement[0].Principal == { Service = "ecs-tasks.amazonaws.com" } &&
      jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "111111111111" &&
      jsondecode(role.assume_role_policy).Statement[0].Condition.ArnLike["aws:SourceArn"] == "arn:aws:ecs:ap-northeast-2:111111111111:*"
    ])
    error_message = "Somebody else than ECS tasks of this account may take the roles."
  }
}

run "the_execution_role_reads_one_image_and_writes_one_log" {
  command = plan

  assert {
    condition = flatten([
      for statement in jsondecode(aws_iam_role_policy.exec.policy).Statement : statement.Action if contains(statement.Resource, "*")
    ]) == ["ecr:GetAuthorizationToken"]
    error_message = "Only the registry login may be allowed on every resource."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.exec.policy).Statement : [for resource in statement.Resource : resource if resource != "*"]
      ])) == toset([
      "arn:aws:ecr:ap-northeast-2:111111111111:repository/demo",
      "arn:aws:logs:ap-northeast-2:111111111111:log-group:/ecs/demo-test:log-stream:*",
    ])
    error_message = "The execution role reaches more than its image and its log."
  }
}

run "secrets_are_read_one_by_one_and_decrypted_through_secrets_manager_only" {
  command = plan

  variables {
    secret_arns        = ["arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:demo/test/app-AbCdEf"]
    secret_kms_key_arn = "arn:aws:kms:ap-northeast-2:111111111111:key/0a1b2c3d"
  }

  assert {
    condition = tolist(one([
      for statement in jsondecode(aws_iam_role_policy.exec.policy).Statement : statement.Resource if statement.Sid == "ReadSecrets"
    ])) == var.secret_arns
    error_message = "The execution role reads other secrets than those given."
  }

  assert {
    condition = one([
      for statement in jsondecode(aws_iam_role_policy.exec.policy).Statement : statement.Condition if statement.Sid == "DecryptSecrets"
    ]) == { StringEquals = { "kms:ViaService" = "secretsmanager.ap-northeast-2.amazonaws.com" } }
    error_message = "The key can be used outside Secrets Manager."
  }
}

run "the_application_may_do_nothing_unless_told" {
  command = plan

  assert {
    condition     = length(aws_iam_role_policy.task) == 0
    error_message = "The task role has a policy that nobody asked for."
  }
}

run "the_application_may_do_what_it_was_told_with_its_conditions" {
  command = plan

  variables {
    task_statements = [{
      sid        = "Files"
      actions    = ["s3:GetObject"]
      resources  = ["arn:aws:s3:::demo-test-files/*"]
      conditions = { Bool = { "aws:SecureTransport" = ["true"] } }
    }]
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.task[0].policy).Statement == [{
      Sid       = "Files"
      Effect    = "Allow"
      Action    = ["s3:GetObject"]
      Resource  = ["arn:aws:s3:::demo-test-files/*"]
      Condition = { Bool = { "aws:SecureTransport" = ["true"] } }
    }]
    error_message = "The task role's policy is not what was asked for."
  }
}

run "every_role_bears_the_tags" {
  command = plan

  assert {
    condition     = aws_iam_role.exec.tags == var.tags && aws_iam_role.task.tags == var.tags
    error_message = "A role lacks one of org, env, service, version and owner."
  }
}
