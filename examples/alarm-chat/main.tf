# Alarms of one Environment into Slack: EventBridge chooses by severity, SNS tells Amazon Q Developer in chat applications
# (AWS Chatbot), which posts into the channel. No code, and no token of ours.

locals {
  name       = "${var.service}-${var.env}"
  severities = var.slack_channel_ids
  partition  = "arn:aws"

  # Written out, so that a plan shows the policies in full.
  rule_arns  = { for severity in keys(local.severities) : severity => "${local.partition}:events:${var.region}:${var.account_id}:rule/${local.name}-alarms-${severity}" }
  topic_arns = { for severity in keys(local.severities) : severity => "${local.partition}:sns:${var.region}:${var.account_id}:${local.name}-alarms-${severity}" }
  queue_arn  = "${local.partition}:sqs:${var.region}:${var.account_id}:${local.name}-alarms-stuck"

  # One configuration for each channel: two severities may share one.
  channels = { for severity, id in local.severities : id => severity... }

  tags = {
    org     = var.org
    env     = var.env
    service = var.service
    version = var.service_version
    owner   = var.owner
  }
}

data "aws_sns_topic" "platform" {
  name = var.alarm_topic
}

# What EventBridge encrypts and SNS and the chat application read.
resource "aws_kms_key" "messages" {
  description             = "Messages of alarms of ${local.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Account"
        Effect    = "Allow"
        Principal = { AWS = "${local.partition}:iam::${var.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Messages"
        Effect    = "Allow"
        Principal = { Service = ["events.amazonaws.com", "sns.amazonaws.com"] }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
      },
    ]
  })
}

resource "aws_kms_alias" "messages" {
  name          = "alias/${local.name}-alarms"
  target_key_id = aws_kms_key.messages.key_id
}

resource "aws_sns_topic" "severity" {
  for_each = local.severities

  name              = "${local.name}-alarms-${each.key}"
  kms_master_key_id = aws_kms_key.messages.arn
}

resource "aws_sns_topic_policy" "severity" {
  for_each = local.severities

  arn = aws_sns_topic.severity[each.key].arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OwnRule"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = local.topic_arns[each.key]
      Condition = { ArnEquals = { "aws:SourceArn" = local.rule_arns[each.key] } }
    }]
  })
}

# The module alarms begins each description with the severity in brackets. The end of an alarm is told, the first data of a
# new one is not.
resource "aws_cloudwatch_event_rule" "severity" {
  for_each = local.severities

  name        = "${local.name}-alarms-${each.key}"
  description = "Alarms of ${local.name} with severity ${each.key}, for Slack"
  event_pattern = jsonencode({
    source      = ["aws.cloudwatch"]
    detail-type = ["CloudWatch Alarm State Change"]
    detail = {
      alarmName     = [{ prefix = "${local.name}-" }]
      configuration = { description = [{ prefix = "[${each.key}] " }] }
      "$or" = [
        { state = { value = ["ALARM"] } },
        { state = { value = ["OK"] }, previousState = { value = ["ALARM"] } },
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "severity" {
  for_each = local.severities

  rule      = aws_cloudwatch_event_rule.severity[each.key].name
  target_id = "slack"
  arn       = aws_sns_topic.severity[each.key].arn

  # A custom notification: the chat application drops events that it does not know.
  input_transformer {
    input_paths = {
      alarm       = "$.detail.alarmName"
      state       = "$.detail.state.value"
      description = "$.detail.configuration.description"
      time        = "$.time"
    }
    # Not by jsonencode, which writes < and > as \u003c and \u003e.
    input_template = <<-EOT
      {
        "version": "1.0",
        "source": "custom",
        "content": {
          "textType": "client-markdown",
          "title": "<state>: <alarm>",
          "description": "<description>\n<time>, account ${var.account_id}",
          "nextSteps": ["Runbook: ${var.runbook_url}"]
        }
      }
    EOT
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.stuck.arn
  }
}

# Messages that could not be delivered for a day.
resource "aws_sqs_queue" "stuck" {
  name                      = "${local.name}-alarms-stuck"
  kms_master_key_id         = aws_kms_key.messages.arn
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue_policy" "stuck" {
  queue_url = aws_sqs_queue.stuck.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OwnRules"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = local.queue_arn
      Condition = { ArnEquals = { "aws:SourceArn" = values(local.rule_arns) } }
    }]
  })
}

# Its description has no severity: it must not take the way that it watches.
resource "aws_cloudwatch_metric_alarm" "stuck" {
  alarm_name          = "${local.name}-alarms-stuck"
  alarm_description   = "Alarms do not get to Slack: runbooks/alarms.md, 'No message in Slack'"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.stuck.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [data.aws_sns_topic.platform.arn]
  ok_actions          = [data.aws_sns_topic.platform.arn]
}

# People in the channel get messages and nothing else: the role has no rights, and the guardrail denies the rest.
resource "aws_iam_role" "chat" {
  name                 = "${local.name}-alarms-chat"
  description          = "Messages of alarms of ${local.name} in Slack"
  permissions_boundary = "${local.partition}:iam::${var.account_id}:policy/${local.name}-boundary"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "chatbot.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_chatbot_slack_channel_configuration" "channel" {
  for_each = local.channels

  configuration_name          = "${local.name}-alarms-${join("-", sort(each.value))}"
  slack_team_id               = var.slack_team_id
  slack_channel_id            = each.key
  iam_role_arn                = aws_iam_role.chat.arn
  guardrail_policy_arns       = ["${local.partition}:iam::aws:policy/AWSDenyAll"]
  user_authorization_required = true
  logging_level               = "ERROR"
  sns_topic_arns              = [for severity in sort(each.value) : aws_sns_topic.severity[severity].arn]
}
