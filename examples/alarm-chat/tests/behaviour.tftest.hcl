mock_provider "aws" {
  mock_data "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:ap-northeast-2:111111111111:platform-alerts-dev" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:ap-northeast-2:111111111111:topic" }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:ap-northeast-2:111111111111:key/11111111-2222-3333-4444-555555555555" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:ap-northeast-2:111111111111:queue" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111111111111:role/chat" }
  }
}

variables {
  org               = "acme"
  env               = "dev"
  service           = "fileflow"
  service_version   = "1.2"
  owner             = "team-fileflow"
  account_id        = "111111111111"
  region            = "ap-northeast-2"
  alarm_topic       = "platform-alerts-dev"
  slack_team_id     = "T07EA123LEP"
  slack_channel_ids = { critical = "C07EZ1ABC23", warning = "C08AB2DEF34" }
  runbook_url       = "https://github.com/acme/fileflow/blob/main/runbooks/alarms.md"
}

run "each_severity_goes_to_its_own_channel" {
  assert {
    condition = alltrue([
      for severity, id in var.slack_channel_ids :
      aws_chatbot_slack_channel_configuration.channel[id].configuration_name == "fileflow-dev-alarms-${severity}"
    ])
    error_message = "A severity has no channel of its own."
  }

  assert {
    condition = alltrue([
      for severity, rule in aws_cloudwatch_event_rule.severity :
      jsondecode(rule.event_pattern).detail.configuration.description == [{ prefix = "[${severity}] " }]
    ])
    error_message = "A rule does not choose by the severity in the description."
  }
}

run "a_message_names_alarm_state_and_runbook" {
  assert {
    condition = alltrue([
      for target in aws_cloudwatch_event_target.severity :
      jsondecode(target.input_transformer[0].input_template).content.title == "<state>: <alarm>"
      && jsondecode(target.input_transformer[0].input_template).content.nextSteps == ["Runbook: ${var.runbook_url}"]
    ])
    error_message = "The message is not a custom notification with a link to the runbook."
  }
}

run "only_the_rules_may_write_into_topics_and_queue" {
  assert {
    condition = alltrue([
      for severity, policy in aws_sns_topic_policy.severity :
      [for statement in jsondecode(policy.policy).Statement : statement.Condition.ArnEquals["aws:SourceArn"]] == ["arn:aws:events:ap-northeast-2:111111111111:rule/fileflow-dev-alarms-${severity}"]
    ])
    error_message = "Somebody else may publish."
  }
}

run "a_message_that_gets_stuck_tells_the_platform" {
  assert {
    condition     = aws_cloudwatch_metric_alarm.stuck.alarm_actions == toset(["arn:aws:sns:ap-northeast-2:111111111111:platform-alerts-dev"])
    error_message = "Nobody hears of it."
  }

  assert {
    condition     = !startswith(aws_cloudwatch_metric_alarm.stuck.alarm_description, "[")
    error_message = "It would take the way that it watches."
  }
}

run "two_severities_may_share_a_channel" {
  variables {
    slack_channel_ids = { critical = "C07EZ1ABC23", warning = "C07EZ1ABC23" }
  }

  assert {
    condition     = length(aws_chatbot_slack_channel_configuration.channel) == 1 && length(aws_chatbot_slack_channel_configuration.channel["C07EZ1ABC23"].sns_topic_arns) >= 1
    error_message = "A channel can be configured once."
  }
}

run "a_name_of_a_channel_is_refused" {
  command = plan

  variables {
    slack_channel_ids = { critical = "#fileflow-oncall", warning = "C08AB2DEF34" }
  }

  expect_failures = [var.slack_channel_ids]
}
