mock_provider "aws" {}

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

run "the_basic_set_watches_tasks_load_balancer_and_database" {
  command = plan

  assert {
    condition = toset([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name]) == toset([
      "demo-test-ecs-cpu", "demo-test-ecs-memory", "demo-test-alb-5xx", "demo-test-alb-unhealthy",
      "demo-test-rds-connections", "demo-test-rds-cpu", "demo-test-rds-storage",
    ])
    error_message = "The basic set of alarms has changed."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["ecs-cpu"].dimensions == tomap({ ClusterName = "demo-test", ServiceName = "demo-test" })
    error_message = "The alarm does not watch the service."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["rds-storage"].threshold == 5 * 1024 * 1024 * 1024 && aws_cloudwatch_metric_alarm.this["rds-storage"].comparison_operator == "LessThanThreshold"
    error_message = "Storage must go off below 5 GiB."
  }
}

run "every_alarm_tells_the_topic_and_names_severity_and_channel" {
  command = plan

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset([var.topic_arn]) && alarm.ok_actions == toset([var.topic_arn])])
    error_message = "An alarm tells nobody."
  }

  assert {
    condition     = startswith(aws_cloudwatch_metric_alarm.this["alb-5xx"].alarm_description, "[critical] #demo-alerts ") && startswith(aws_cloudwatch_metric_alarm.this["ecs-cpu"].alarm_description, "[warning] #demo-warnings ")
    error_message = "The description does not begin with severity and channel."
  }

  assert {
    condition     = output.alarms["demo-test-alb-5xx"].severity == "critical" && output.alarms["demo-test-alb-5xx"].channel == "#demo-alerts" && output.alarms["demo-test-alb-5xx"].metric == "AWS/ApplicationELB HTTPCode_Target_5XX_Count"
    error_message = "The table does not say what goes where."
  }
}

run "another_severity_goes_to_its_own_channel" {
  command = plan

  variables {
    severities = { ecs-memory = "critical" }
  }

  assert {
    condition     = startswith(aws_cloudwatch_metric_alarm.this["ecs-memory"].alarm_description, "[critical] #demo-alerts ") && aws_cloudwatch_metric_alarm.this["ecs-memory"].tags["severity"] == "critical"
    error_message = "The alarm does not say its severity and channel."
  }

  assert {
    condition     = output.alarms["demo-test-ecs-memory"].channel == "#demo-alerts" && output.alarms["demo-test-ecs-cpu"].severity == "warning"
    error_message = "The table does not say what goes where, or another alarm has changed."
  }
}

run "silence_is_no_alarm_only_where_no_error_means_no_data" {
  command = plan

  assert {
    condition     = [for key, alarm in aws_cloudwatch_metric_alarm.this : key if alarm.treat_missing_data == "notBreaching"] == ["alb-5xx"]
    error_message = "Only the error count may be silent."
  }
}

run "every_alarm_bears_the_tags" {
  command = plan

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alltrue([for key, value in var.tags : alarm.tags[key] == value])])
    error_message = "An alarm lacks one of org, env, service, version and owner."
  }
}
