# infragate writes these values from infra/environments.yaml to one JSON file for both roots.

variable "org" {
  description = "Organisation (tag org)."
  type        = string
}

variable "service" {
  description = "Service (tag service), and the first part of every name."
  type        = string
}

variable "owner" {
  description = "Team that owns the service (tag owner)."
  type        = string
}

variable "bootstrap_version" {
  description = "Version of the applied standard (tag version)."
  type        = string
}

variable "github" {
  description = "The repository whose workflows may take roles, by name and by its immutable ids."
  type = object({
    owner         = string
    repository    = string
    owner_id      = number
    repository_id = number
  })
}

variable "state" {
  description = "The state backend: account, bucket, lock table, key alias, lock mode, days that old versions are kept."
  type = object({
    account_id      = string
    region          = string
    bucket          = string
    lock_table      = string
    kms_alias       = string
    lock            = string
    noncurrent_days = number
  })

  validation {
    condition     = contains(["dynamodb", "s3", "both"], var.state.lock)
    error_message = "state.lock is dynamodb, s3 or both."
  }

  validation {
    condition     = startswith(var.state.kms_alias, "alias/") && !startswith(var.state.kms_alias, "alias/aws/")
    error_message = "state.kms_alias starts with alias/ and is not one of AWS's own."
  }

  validation {
    condition     = var.state.noncurrent_days >= 30
    error_message = "state.noncurrent_days is at least 30: a shorter history cannot be restored from."
  }
}

variable "callers" {
  description = "Who may take the roles: the Atlantis task role, on-call principals and people who may plan (ARN patterns), the bootstrap role's name."
  type = object({
    atlantis_task_role_arn = string
    break_glass_principals = list(string)
    plan_principals        = list(string)
    bootstrap_role_name    = string
  })

  validation {
    condition     = length(var.callers.break_glass_principals) > 0 && !contains(var.callers.break_glass_principals, "*")
    error_message = "callers.break_glass_principals names at least one ARN pattern, and not everybody."
  }

  validation {
    condition     = !contains(var.callers.plan_principals, "*")
    error_message = "callers.plan_principals names ARN patterns of roles, not everybody."
  }
}

variable "environments" {
  description = "All Environments with account and region."
  type = map(object({
    account_id = string
    region     = string
  }))
}
