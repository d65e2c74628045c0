variable "name" {
  description = "Prefix of the role names, for example fileflow-dev; -exec and -task are appended."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,57}$", var.name))
    error_message = "name must be 2 to 58 lower-case letters, digits and dashes and begin with a letter."
  }
}

variable "permissions_boundary_arn" {
  description = "Policy that limits both roles, whatever their own policies say."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a managed policy of the account; no role is made without a boundary."
  }
}

variable "ecr_repository_arn" {
  description = "The one repository the execution role may pull from."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:ecr:[a-z0-9-]+:[0-9]{12}:repository/[^*?]+$", var.ecr_repository_arn))
    error_message = "ecr_repository_arn must be the ARN of one ECR repository, without wildcards."
  }
}

variable "log_group_name" {
  description = "The one log group the execution role may write to, for example /ecs/fileflow-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_/.#-]{1,512}$", var.log_group_name))
    error_message = "log_group_name must be the name of one log group, without wildcards."
  }
}

variable "secret_arns" {
  description = "Secrets the execution role may read, to hand them to the container."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for arn in var.secret_arns : can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^*?]+$", arn))
    ])
    error_message = "secret_arns must hold ARNs of Secrets Manager secrets, without wildcards."
  }
}

variable "secret_kms_key_arn" {
  description = "KMS key that encrypts the secrets; needed as soon as there are any."
  type        = string
  default     = null

  validation {
    condition     = var.secret_kms_key_arn == null ? length(var.secret_arns) == 0 : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[^*?]+$", var.secret_kms_key_arn))
    error_message = "secret_kms_key_arn must be the ARN of the KMS key (arn:aws:kms:...:key/...) of the secrets."
  }
}

variable "task_statements" {
  description = "What the application may do: policy statements (Allow) of the task role. conditions is operator -> key -> values."
  type = list(object({
    sid        = string
    actions    = list(string)
    resources  = list(string)
    conditions = optional(map(map(list(string))), {})
  }))
  default  = []
  nullable = false

  validation {
    condition = alltrue(flatten([
      for statement in var.task_statements : [for action in statement.actions : can(regex("^[a-z0-9-]+:[A-Za-z]+[A-Za-z*]*$", action))]
    ]))
    error_message = "Actions of task_statements must name a service and an action; service:* and * are not allowed."
  }

  validation {
    condition = alltrue([
      for statement in var.task_statements : !contains(statement.resources, "*") || length(statement.conditions) > 0
    ])
    error_message = "A task statement on every resource (*) needs a condition that narrows it."
  }

  validation {
    condition     = alltrue([for statement in var.task_statements : length(statement.actions) > 0 && length(statement.resources) > 0])
    error_message = "Each task statement needs actions and resources."
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
