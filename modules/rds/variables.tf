variable "name" {
  description = "Identifier of the instance, for example fileflow-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){0,49}$", var.name)) && length(var.name) <= 50
    error_message = "name must be at most 50 lower-case letters, digits and single dashes, begin with a letter and not end with a dash."
  }
}

variable "engine" {
  description = "Database engine."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["postgres", "mysql"], var.engine)
    error_message = "engine must be postgres or mysql."
  }
}

variable "engine_version" {
  description = "Version of the engine. Exact (16.4, 8.0.40): stays until it is changed here. Without its last part (16, 8.0): AWS installs minor versions in the maintenance window."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex(var.engine == "postgres" ? "^[1-9][0-9](\\.[0-9]+)?$" : "^[89]\\.[0-9](\\.[0-9]+)?$", var.engine_version))
    error_message = "engine_version must look like 16 or 16.4 for postgres, like 8.0 or 8.0.40 for mysql."
  }
}

variable "parameters" {
  description = "Parameters of the database beside those that enforce TLS. apply_method is pending-reboot for static parameters."
  type = map(object({
    value        = string
    apply_method = optional(string, "immediate")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(setintersection(keys(var.parameters), ["rds.force_ssl", "require_secure_transport"])) == 0
    error_message = "TLS is always required: parameters must not name rds.force_ssl or require_secure_transport."
  }

  validation {
    condition     = alltrue([for parameter in var.parameters : contains(["immediate", "pending-reboot"], parameter.apply_method)])
    error_message = "apply_method of a parameter must be immediate or pending-reboot."
  }
}

variable "instance_class" {
  description = "Size of the instance, for example db.t4g.micro."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.instance_class))
    error_message = "instance_class must look like db.t4g.micro."
  }
}

variable "allocated_storage" {
  description = "Storage in GiB (gp3)."
  type        = number
  nullable    = false

  validation {
    condition     = var.allocated_storage >= 20 && var.allocated_storage <= 65536
    error_message = "allocated_storage must lie in 20 to 65536 GiB."
  }
}

variable "max_allocated_storage" {
  description = "GiB up to which AWS may grow the storage by itself; null: it does not grow."
  type        = number
  default     = null

  validation {
    condition     = var.max_allocated_storage == null ? true : var.max_allocated_storage >= ceil(var.allocated_storage * 1.1)
    error_message = "max_allocated_storage must be at least 10 % above allocated_storage."
  }
}

variable "multi_az" {
  description = "Keep a standby in another availability zone."
  type        = bool
  default     = true
  nullable    = false
}

variable "database_name" {
  description = "Database that is made with the instance."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.database_name))
    error_message = "database_name must be lower-case letters, digits and underscores and begin with a letter."
  }
}

variable "master_username" {
  description = "Name of the master user. RDS makes its password, keeps it in Secrets Manager and rotates it; the application has a user of its own."
  type        = string
  default     = "dbmaster"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,15}$", var.master_username)) && !contains(["admin", "postgres", "root", "rdsadmin"], var.master_username)
    error_message = "master_username must be at most 16 lower-case letters, digits and underscores, and none of admin, postgres, root and rdsadmin."
  }
}

variable "port" {
  description = "Port of the database; null takes the engine's."
  type        = number
  default     = null

  validation {
    condition     = var.port == null ? true : var.port >= 1150 && var.port <= 65535
    error_message = "port must lie in 1150 to 65535."
  }
}

variable "kms_key_arn" {
  description = "KMS key of storage, snapshots, master password and Performance Insights, for good: AWS changes none of them, so another key wants a new instance. An alias that is looked up for it must never be pointed to another key; KMS's own rotation keeps the ARN."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key (arn:aws:kms:...:key/...); the storage cannot be left unencrypted."
  }
}

variable "subnet_ids" {
  description = "Private subnets, in two availability zones at least. The instance never has a public address."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.subnet_ids)) >= 2
    error_message = "subnet_ids must name two subnets at least, in different availability zones."
  }
}

variable "security_group_ids" {
  description = "Security groups of the instance."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.security_group_ids) > 0
    error_message = "security_group_ids must not be empty: the VPC's default group would be used."
  }
}

variable "backup_retention_days" {
  description = "Days that automatic backups are kept, and that the database can be set back to any second of."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.backup_retention_days >= 7 && var.backup_retention_days <= 35
    error_message = "backup_retention_days must lie in 7 to 35; backups cannot be switched off."
  }
}

variable "backup_window" {
  description = "Time of the daily backup in UTC, outside maintenance_window."
  type        = string
  default     = "17:00-18:00"
  nullable    = false

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", var.backup_window))
    error_message = "backup_window must look like 17:00-18:00 (UTC)."
  }
}

variable "maintenance_window" {
  description = "Weekly time for maintenance in UTC."
  type        = string
  default     = "sun:18:30-sun:19:30"
  nullable    = false

  validation {
    condition     = can(regex("^(mon|tue|wed|thu|fri|sat|sun):[0-2][0-9]:[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):[0-2][0-9]:[0-5][0-9]$", var.maintenance_window))
    error_message = "maintenance_window must look like sun:18:30-sun:19:30 (UTC, lower case)."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the instance. Off only where an environment is thrown away."
  type        = bool
  default     = true
  nullable    = false
}

variable "skip_final_snapshot" {
  description = "Delete the instance, when it is deleted, without a last snapshot and with its backups. Only where the data does not matter."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !(var.skip_final_snapshot && var.deletion_protection)
    error_message = "skip_final_snapshot contradicts deletion_protection: data that is protected is also worth a last snapshot."
  }
}

variable "final_snapshot_name" {
  description = "Name of the last snapshot; null takes the instance's name and -final. It must not exist yet."
  type        = string
  default     = null
}

variable "apply_immediately" {
  description = "Change the instance at once, and not in the maintenance window. Some changes restart it."
  type        = bool
  default     = false
  nullable    = false
}

variable "performance_insights_retention_days" {
  description = "Days of Performance Insights (7 are free); 0 switches it off, which small MySQL instances need."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = contains([0, 7, 731], var.performance_insights_retention_days) || (var.performance_insights_retention_days % 31 == 0 && var.performance_insights_retention_days <= 713)
    error_message = "performance_insights_retention_days must be 0, 7, 731 or a multiple of 31 up to 713."
  }
}

variable "monitoring_role_arn" {
  description = "Role of the platform that RDS writes operating system metrics with, once a minute; null switches that off."
  type        = string
  default     = null

  validation {
    condition     = var.monitoring_role_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", var.monitoring_role_arn))
    error_message = "monitoring_role_arn must be the ARN of a role."
  }
}

variable "data_classification" {
  description = "How sensitive the data is: public, internal, confidential or restricted. It becomes the tag data_classification of the instance and its snapshots."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["public", "internal", "confidential", "restricted"], var.data_classification)
    error_message = "data_classification must be public, internal, confidential or restricted."
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
