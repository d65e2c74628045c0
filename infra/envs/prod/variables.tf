variable "org" {
  description = "Organisation (tag org)."
  type        = string
  nullable    = false
}

variable "env" {
  description = "Name of this Environment."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "stg", "prod"], var.env)
    error_message = "env must be dev, stg or prod."
  }
}

variable "service" {
  description = "Name of the service. The prefix of every name is service-env."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}$", var.service))
    error_message = "service must be 2 to 16 lower-case letters, digits and dashes and begin with a letter."
  }
}

variable "service_version" {
  description = "Release line of the service (tag version), for example 1.2. A patch release changes only image_tag, so only the task definition changes."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+$", var.service_version))
    error_message = "service_version must look like 1.2."
  }
}

variable "owner" {
  description = "Team that owns the service (tag owner)."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "The only AWS account where this may be applied."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, in quotes."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
  nullable    = false
}

variable "network" {
  description = "The platform's network, by Name tags: the VPC, public subnets for the load balancer, private ones for tasks and database."
  type = object({
    vpc             = string
    public_subnets  = list(string)
    private_subnets = list(string)
  })
  nullable = false
}

variable "kms_alias" {
  description = "Alias of the platform's KMS key for data and logs."
  type        = string
  nullable    = false

  validation {
    condition     = startswith(var.kms_alias, "alias/")
    error_message = "kms_alias must begin with alias/."
  }
}

variable "alarm_topic" {
  description = "Name of the platform's SNS topic for alarms."
  type        = string
  nullable    = false
}

variable "slack_channels" {
  description = "Slack channel of each severity of alarm."
  type = object({
    critical = string
    warning  = string
  })
  nullable = false
}

variable "dns_zone" {
  description = "Public Route 53 zone for the service's DNS name."
  type        = string
  nullable    = false
}

variable "domain" {
  description = "DNS name of the service. Its certificate must exist in ACM."
  type        = string
  nullable    = false

  validation {
    condition     = endswith(var.domain, ".${var.dns_zone}")
    error_message = "domain must be in dns_zone."
  }
}

variable "listener" {
  description = "The load balancer's HTTPS listener: port, TLS policy, and who may reach it (HTTP on port 80 only redirects)."
  type = object({
    port          = optional(number, 443)
    ssl_policy    = optional(string, "ELBSecurityPolicy-TLS13-1-2-2021-06")
    allowed_cidrs = list(string)
  })
  nullable = false

  validation {
    condition     = length(var.listener.allowed_cidrs) > 0
    error_message = "listener.allowed_cidrs must name who may reach the service."
  }
}

variable "load_balancer" {
  description = "Protection of the load balancer, and the bucket of its access logs (null: none)."
  type = object({
    deletion_protection = optional(bool, true)
    access_logs         = optional(object({ bucket = string, prefix = optional(string) }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.env != "prod" || var.load_balancer.deletion_protection
    error_message = "In prod the load balancer keeps deletion_protection."
  }
}

variable "image_repository" {
  description = "ECR repository of the service's image."
  type        = string
  nullable    = false
}

variable "image_tag" {
  description = "Tag of the image. The plan resolves it to a digest."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$", var.image_tag)) && var.image_tag != "latest"
    error_message = "image_tag must be a tag, and not latest."
  }
}

variable "container" {
  description = "The container: CPU units and MiB of a task, number of tasks, port, health-check path, days of logs."
  type = object({
    cpu                       = number
    memory                    = number
    desired_count             = number
    port                      = optional(number, 8080)
    health_check_path         = string
    health_check_grace_period = optional(number, 60)
    log_retention_days        = optional(number, 90)
  })
  nullable = false
}

variable "environment" {
  description = "Environment variables of the container, in addition to those for the database. No secrets."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "secrets" {
  description = "Environment variables from Secrets Manager: name of the variable -> secret's name and, of a JSON secret, the key in it."
  type = map(object({
    secret   = string
    json_key = optional(string, "")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for reference in var.secrets : startswith(reference.secret, "${var.service}/${var.env}/")])
    error_message = "secrets must be references to secrets of this service and Environment: <service>/<env>/..."
  }
}

variable "database" {
  description = "The database; see the variables of the module rds."
  type = object({
    engine                = string
    engine_version        = string
    parameters            = optional(map(object({ value = string, apply_method = optional(string, "immediate") })), {})
    instance_class        = string
    allocated_storage     = number
    max_allocated_storage = optional(number)
    multi_az              = optional(bool, true)
    name                  = string
    data_classification   = string
    application_user      = string
    backup_retention_days = number
    backup_window         = string
    maintenance_window    = string
    deletion_protection   = optional(bool, true)
    skip_final_snapshot   = optional(bool, false)
    apply_immediately     = optional(bool, false)
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.database.application_user))
    error_message = "database.application_user must be lower-case letters, digits and underscores and begin with a letter."
  }

  validation {
    condition     = var.env != "prod" || (var.database.deletion_protection && var.database.multi_az && !var.database.skip_final_snapshot && !var.database.apply_immediately)
    error_message = "In prod the database keeps deletion_protection, multi_az and its final snapshot, and changes wait for the maintenance window (apply_immediately = false)."
  }
}

variable "alarm_thresholds" {
  description = "When the alarms go off; see the module alarms."
  type = object({
    ecs_cpu         = optional(number, 80)
    ecs_memory      = optional(number, 85)
    alb_5xx         = optional(number, 10)
    rds_cpu         = optional(number, 80)
    rds_storage     = optional(number, 5)
    rds_connections = number
  })
  nullable = false
}
