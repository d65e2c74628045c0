mock_provider "aws" {
}

variables {
  name                     = "demo-test"
  topic_arn                = "arn:aws:sns:ap-northeast-2:111111111111:platform-alerts-test"
  slack_channels           = { critical = "#demo-alerts", warning = "#demo-warnings" }
  cluster_name             = "demo-test"
  service_name             = "demo-test"
  load_balancer_arn_suffix = "app/demo-test/0a1b2c3d"
  target_group_arn_suffix  = "targetgroup/demo-test-8080/0a1b2c3d"
  db_identifier            = "demo-test"
  thresholds               = { rds_connections = 80 }

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

run "an_alarm_without_a_topic_is_refused" {
  command = plan

  variables {
    topic_arn = ""
  }

  expect_failures = [var.topic_arn]
}

run "a_channel_without_its_mark_is_refused" {
  command = plan

  variables {
    slack_channels = { critical = "demo alerts", warning = "#demo-warnings" }
  }

  expect_failures = [var.slack_channels]
}

run "a_threshold_of_zero_is_refused" {
  command = plan

  variables {
    thresholds = { rds_connections = 0 }
  }

  expect_failures = [var.thresholds]
}

run "more_than_all_of_the_cpu_is_refused" {
  command = plan

  variables {
    thresholds = { rds_connections = 80, ecs_cpu = 120 }
  }

  expect_failures = [var.thresholds]
}

run "a_missing_owner_is_refused" {
  command = plan

  variables {
    tags = { org = "acme", env = "test", service = "demo", version = "1.0" }
  }

  expect_failures = [var.tags]
}

run "a_severity_of_an_unknown_alarm_is_refused" {
  command = plan

  variables {
    severities = { disk = "critical" }
  }

  expect_failures = [var.severities]
}

run "an_unknown_severity_is_refused" {
  command = plan

  variables {
    severities = { ecs-cpu = "page" }
  }

  expect_failures = [var.severities]
}
