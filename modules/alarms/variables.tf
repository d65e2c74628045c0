variable "name" {
  description = "Prefix of the alarm names, for example fileflow-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,62}$", var.name))
    error_message = "name must be 2 to 63 lower-case letters, digits and dashes and begin with a letter."
  }
}

variable "topic_arn" {
  description = "SNS topic that is told when an alarm goes off and when it is over."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+$", var.topic_arn))
    error_message = "topic_arn must be the ARN of an SNS topic: an alarm that tells nobody is none."
  }
}

variable "slack_channels" {
  description = "Slack channel of each severity; it stands in the alarm's description, by which the topic's subscriber forwards it."
  type = object({
    critical = string
    warning  = string
  })
  nullable = false

  validation {
    condition     = alltrue([for channel in values(var.slack_channels) : can(regex("^#[a-z0-9_-]{1,79}$", channel))])
    error_message = "slack_channels must be channel names such as #fileflow-alerts."
  }
}

variable "severities" {
  description = "Severity (critical or warning) of alarms that shall have another one than they begin with, by the end of their name, for example { ecs-memory = \"critical\" }."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.severities), keys(local.alarms))) == 0
    error_message = "severities must name alarms of this module: ${join(", ", keys(local.alarms))}."
  }

  validation {
    condition     = alltrue([for severity in values(var.severities) : contains(["critical", "warning"], severity)])
    error_message = "Each of severities must be critical or warning."
  }
}

variable "cluster_name" {
  description = "ECS cluster of the service."
  type        = string
  nullable    = false
}

variable "service_name" {
  description = "ECS service that is watched."
  type        = string
  nullable    = false
}

variable "load_balancer_arn_suffix" {
  description = "Load balancer that is watched, as CloudWatch names it (app/name/id)."
  type        = string
  nullable    = false
}

variable "target_group_arn_suffix" {
  description = "Target group that is watched, as CloudWatch names it (targetgroup/name/id)."
  type        = string
  nullable    = false
}

variable "db_identifier" {
  description = "Database instance that is watched."
  type        = string
  nullable    = false
}

variable "thresholds" {
  description = "When an alarm goes off: percent for cpu and memory, errors per minute, connections, GiB of storage left."
  type = object({
    ecs_cpu         = optional(number, 80)
    ecs_memory      = optional(number, 85)
    alb_5xx         = optional(number, 10)
    rds_cpu         = optional(number, 80)
    rds_storage     = optional(number, 5)
    rds_connections = number
  })
  nullable = false

  validation {
    condition     = alltrue([for threshold in values(var.thresholds) : threshold > 0])
    error_message = "Each of thresholds must be above zero."
  }

  validation {
    condition     = alltrue([for threshold in [var.thresholds.ecs_cpu, var.thresholds.ecs_memory, var.thresholds.rds_cpu] : threshold <= 100])
    error_message = "ecs_cpu, ecs_memory and rds_cpu of thresholds are percent, at most 100."
  }
}

variable "tags" {
  description = "Tags of every resource; org, env, service, version and owner are required."
  type        = map(string)
  nullable    = false

  validation {
    condition = alltrue([
      for key in ["org", "env", "service", "version", "owner"] : trimspace(lookup(var.tags, key, "")) != ""
    ])
    error_message = "tags needs a value for each of org, env, service, version and owner."
  }
}
