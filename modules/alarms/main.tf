# The basic alarms of a service: its tasks, its load balancer, its database. What each one watches stands
# in one table, from which the documentation's table is made too (output alarms).

locals {
  service      = { ClusterName = var.cluster_name, ServiceName = var.service_name }
  target_group = { LoadBalancer = var.load_balancer_arn_suffix, TargetGroup = var.target_group_arn_suffix }
  database     = { DBInstanceIdentifier = var.db_identifier }

  severities = merge({ for key, alarm in local.alarms : key => alarm.severity }, var.severities)

  alarms = {
    ecs-cpu = {
      what       = "The tasks use their CPU up (percent)"
      severity   = "warning"
      namespace  = "AWS/ECS"
      metric     = "CPUUtilization"
      statistic  = "Average"
      dimensions = local.service
      operator   = "GreaterThanThreshold"
      threshold  = var.thresholds.ecs_cpu
      minutes    = 5
      no_data    = "missing"
    }
    ecs-memory = {
      what       = "The tasks use their memory up (percent)"
      severity   = "warning"
      namespace  = "AWS/ECS"
      metric     = "MemoryUtilization"
      statistic  = "Average"
      dimensions = local.service
      operator   = "GreaterThanThreshold"
      threshold  = var.thresholds.ecs_memory
      minutes    = 5
      no_data    = "missing"
    }
    alb-5xx = {
      what       = "The application answers with server errors (per minute)"
      severity   = "critical"
      namespace  = "AWS/ApplicationELB"
      metric     = "HTTPCode_Target_5XX_Count"
      statistic  = "Sum"
      dimensions = local.target_group
      operator   = "GreaterThanThreshold"
      threshold  = var.thresholds.alb_5xx
      minutes    = 3
      no_data    = "notBreaching" # the metric exists only while there are errors
    }
    alb-unhealthy = {
      what       = "A target fails its health check"
      severity   = "critical"
      namespace  = "AWS/ApplicationELB"
      metric     = "UnHealthyHostCount"
      statistic  = "Maximum"
      dimensions = local.target_group
      operator   = "GreaterThanThreshold"
      threshold  = 0
      minutes    = 3
      no_data    = "missing"
    }
    rds-connections = {
      what       = "The database runs out of connections"
      severity   = "critical"
      namespace  = "AWS/RDS"
      metric     = "DatabaseConnections"
      statistic  = "Maximum"
      dimensions = local.database
      operator   = "GreaterThanThreshold"
      threshold  = var.thresholds.rds_connections
      minutes    = 3
      no_data    = "missing"
    }
    rds-cpu = {
      what       = "The database uses its CPU up (percent)"
      severity   = "warning"
      namespace  = "AWS/RDS"
      metric     = "CPUUtilization"
      statistic  = "Average"
      dimensions = local.database
      operator   = "GreaterThanThreshold"
      threshold  = var.thresholds.rds_cpu
      minutes    = 10
      no_data    = "missing"
    }
    rds-storage = {
      what       = "The database runs out of storage (bytes left)"
      severity   = "critical"
      namespace  = "AWS/RDS"
      metric     = "FreeStorageSpace"
      statistic  = "Minimum"
      dimensions = local.database
      operator   = "LessThanThreshold"
      threshold  = var.thresholds.rds_storage * 1024 * 1024 * 1024
      minutes    = 5
      no_data    = "missing"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "[${local.severities[each.key]}] ${var.slack_channels[local.severities[each.key]]} ${each.value.what}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.minutes
  treat_missing_data  = each.value.no_data
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
  tags                = merge(var.tags, { severity = local.severities[each.key] })
}
