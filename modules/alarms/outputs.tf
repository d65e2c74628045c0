output "alarms" {
  description = "Every alarm by its full name: what, metric, threshold, minutes, severity and channel."
  value = {
    for key, alarm in local.alarms : aws_cloudwatch_metric_alarm.this[key].alarm_name => {
      what      = alarm.what
      metric    = "${alarm.namespace} ${alarm.metric}"
      threshold = alarm.threshold
      minutes   = alarm.minutes
      severity  = local.severities[key]
      channel   = var.slack_channels[local.severities[key]]
    }
  }
}
