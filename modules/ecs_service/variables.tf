variable "name" {
  description = "Name of the cluster, the service, the task family and the container, for example fileflow-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,62}$", var.name))
    error_message = "name must be 2 to 63 lower-case letters, digits and dashes and begin with a letter."
  }
}

variable "image" {
  description = "Container image by digest: a tag can be moved, and the same plan would start something else."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._/:-]*@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image must name a digest: repository@sha256:<64 hex digits>."
  }
}

variable "cpu" {
  description = "CPU units of a task; 1024 are one vCPU."
  type        = number
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.cpu)
    error_message = "cpu must be 256, 512, 1024, 2048, 4096, 8192 or 16384."
  }
}

variable "memory" {
  description = "Memory of a task in MiB; Fargate offers certain sizes for each cpu."
  type        = number
  nullable    = false

  # Smallest size, largest size and step for each cpu: ECS developer guide, "Task CPU and memory".
  validation {
    condition = contains(try({
      "256"   = [512, 1024, 2048]
      "512"   = range(1024, 4096 + 1, 1024)
      "1024"  = range(2048, 8192 + 1, 1024)
      "2048"  = range(4096, 16384 + 1, 1024)
      "4096"  = range(8192, 30720 + 1, 1024)
      "8192"  = range(16384, 61440 + 1, 4096)
      "16384" = range(32768, 122880 + 1, 8192)
    }[tostring(var.cpu)], []), var.memory)
    error_message = "Fargate does not offer this memory with this cpu: 256 takes 512, 1024 or 2048; 512 takes 1024 to 4096; 1024 takes 2048 to 8192; 2048 takes 4096 to 16384; 4096 takes 8192 to 30720, in steps of 1024."
  }
}

variable "cpu_architecture" {
  description = "Processor the image is built for."
  type        = string
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64."
  }
}

variable "desired_count" {
  description = "How many tasks run."
  type        = number
  nullable    = false

  validation {
    condition     = var.desired_count >= 1 && var.desired_count <= 100 && floor(var.desired_count) == var.desired_count
    error_message = "desired_count must be a whole number from 1 to 100."
  }
}

variable "container_port" {
  description = "Port the container listens on."
  type        = number
  nullable    = false

  validation {
    condition     = var.container_port >= 1024 && var.container_port <= 65535
    error_message = "container_port must lie in 1024 to 65535: the container does not run as root."
  }
}

variable "user" {
  description = "User (and group) id of the process in the container, for example 1000:1000."
  type        = string
  default     = "1000:1000"
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]*(:[1-9][0-9]*)?$", var.user))
    error_message = "user must be a numeric id, or id:group, and not root (0)."
  }
}

variable "writable_paths" {
  description = "Folders of the container that may be written to; the rest of its file system is read-only. The image must own them: its Dockerfile names each in a VOLUME line."
  type        = list(string)
  default     = ["/tmp"]
  nullable    = false

  validation {
    condition     = alltrue([for path in var.writable_paths : can(regex("^(/[A-Za-z0-9._-]+)+$", path))])
    error_message = "writable_paths must hold absolute paths, and not /."
  }
}

variable "environment" {
  description = "Environment variables of the container. They stand readable in the plan, the state and the console."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "Names in environment must be upper-case letters, digits and underscores."
  }

  validation {
    condition     = alltrue([for name in keys(var.environment) : !can(regex("(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY|API_KEY|CREDENTIALS?)$", name))])
    error_message = "A name in environment ends like that of a secret (PASSWORD, SECRET, TOKEN, ...): its value belongs in Secrets Manager and its reference in secrets."
  }
}

variable "secrets" {
  description = "Environment variables that ECS fills from Secrets Manager: name -> ARN of the secret, or ARN:json-key::."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([
      for reference in values(var.secrets) : can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^*?:]+(:[^:]*:[^:]*:[^:]*)?$", reference))
    ])
    error_message = "secrets must hold references to Secrets Manager (ARN or ARN:json-key:stage:version), never values."
  }

  validation {
    condition     = length(setintersection(keys(var.secrets), keys(var.environment))) == 0
    error_message = "A name stands in both secrets and environment."
  }
}

variable "exec_role_arn" {
  description = "Role that ECS starts the tasks with: image, log, secrets."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", var.exec_role_arn))
    error_message = "exec_role_arn must be the ARN of a role."
  }
}

variable "task_role_arn" {
  description = "Role that the application runs under."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", var.task_role_arn))
    error_message = "task_role_arn must be the ARN of a role."
  }
}

variable "subnet_ids" {
  description = "Private subnets of the tasks, in two availability zones at least. A task never has a public address."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.subnet_ids)) >= 2
    error_message = "subnet_ids must name two subnets at least, in different availability zones."
  }
}

variable "security_group_ids" {
  description = "Security groups of the tasks."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.security_group_ids) > 0
    error_message = "security_group_ids must not be empty: the VPC's default group would be used."
  }
}

variable "target_group_arn" {
  description = "Target group that the tasks register with; a listener must forward to it already."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/.+$", var.target_group_arn))
    error_message = "target_group_arn must be the ARN of a target group."
  }
}

variable "health_check_grace_period" {
  description = "Seconds after its start in which a task is not stopped for failing the load balancer's health check."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.health_check_grace_period >= 1 && var.health_check_grace_period <= 1800
    error_message = "health_check_grace_period must lie in 1 to 1800 seconds."
  }
}

variable "wait_for_steady_state" {
  description = "An apply ends only when the new tasks are healthy, or the deployment has been rolled back."
  type        = bool
  default     = true
  nullable    = false
}

variable "log_group_name" {
  description = "Log group of the container, for example /ecs/fileflow-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_/.#-]{1,512}$", var.log_group_name)) && !startswith(var.log_group_name, "/aws/")
    error_message = "log_group_name must be letters, digits and _ / . # -, and not begin with /aws/."
  }
}

variable "log_retention_days" {
  description = "Days the log is kept."
  type        = number
  default     = 90
  nullable    = false

  # Zero would keep it for ever.
  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of CloudWatch's periods, from 30 days on: 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, ..."
  }
}

variable "kms_key_arn" {
  description = "KMS key of the log; its policy must admit logs.<region>.amazonaws.com."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key (arn:aws:kms:...:key/...)."
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
