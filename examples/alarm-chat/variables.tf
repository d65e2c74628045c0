variable "org" {
  description = "Organisation (tag org)."
  type        = string
  nullable    = false
}

variable "env" {
  description = "Environment whose alarms are forwarded."
  type        = string
  nullable    = false
}

variable "service" {
  description = "Service whose alarms are forwarded; their names begin with service-env."
  type        = string
  nullable    = false
}

variable "service_version" {
  description = "Release line of the service (tag version)."
  type        = string
  nullable    = false
}

variable "owner" {
  description = "Team that owns the service (tag owner)."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "The Environment's AWS account."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, in quotes."
  }
}

variable "region" {
  description = "AWS region of the alarms."
  type        = string
  nullable    = false
}

variable "alarm_topic" {
  description = "The platform's SNS topic for alarms; it is told if messages get stuck on their way to Slack."
  type        = string
  nullable    = false
}

variable "slack_team_id" {
  description = "Slack workspace, as the console of Amazon Q Developer in chat applications shows it after Slack's consent."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^T[0-9A-Z]{2,}$", var.slack_team_id))
    error_message = "slack_team_id must be the id of a workspace, such as T07EA123LEP."
  }
}

variable "slack_channel_ids" {
  description = "Slack channel of each severity, by its id: a channel's name can change. Both may be the same."
  type = object({
    critical = string
    warning  = string
  })
  nullable = false

  validation {
    condition     = alltrue([for id in values(var.slack_channel_ids) : can(regex("^[CG][0-9A-Z]{2,}$", id))])
    error_message = "slack_channel_ids must be ids of channels, such as C07EZ1ABC23 (Slack: channel details, at the end)."
  }
}

variable "runbook_url" {
  description = "Page that says what to do; it stands in each message."
  type        = string
  nullable    = false

  validation {
    condition     = startswith(var.runbook_url, "https://")
    error_message = "runbook_url must be an https address."
  }
}
