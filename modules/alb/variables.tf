variable "name" {
  description = "Name of the load balancer, for example fileflow-dev; the target group appends its port."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,24}[a-z0-9]$", var.name)) && !startswith(var.name, "internal-")
    error_message = "name must be 2 to 26 lower-case letters, digits and dashes (AWS allows 32, the target group adds its port), and not begin with internal-."
  }
}

variable "internal" {
  description = "True: reachable from inside the network only. False: on the internet."
  type        = bool
  default     = true
  nullable    = false
}

variable "vpc_id" {
  description = "VPC of the target group."
  type        = string
  nullable    = false

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "vpc_id must be the id of a VPC (vpc-...)."
  }
}

variable "subnet_ids" {
  description = "Subnets of the load balancer, in two availability zones at least."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.subnet_ids)) >= 2
    error_message = "subnet_ids must name two subnets at least, in different availability zones."
  }
}

variable "security_group_ids" {
  description = "Security groups of the load balancer."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.security_group_ids) > 0
    error_message = "security_group_ids must not be empty: the VPC's default group would be used."
  }
}

variable "certificate_arn" {
  description = "ACM certificate of the HTTPS listener."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+$", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of an ACM certificate."
  }
}

variable "https_port" {
  description = "Port of the HTTPS listener."
  type        = number
  default     = 443
  nullable    = false

  validation {
    condition     = var.https_port >= 1 && var.https_port <= 65535 && var.https_port != 80
    error_message = "https_port must lie in 1 to 65535; 80 is taken by the redirect."
  }
}

variable "ssl_policy" {
  description = "TLS policy of the HTTPS listener: TLS 1.2 with forward secrecy or TLS 1.3."
  type        = string
  default     = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  nullable    = false

  validation {
    condition = contains([
      "ELBSecurityPolicy-TLS13-1-3-2021-06",
      "ELBSecurityPolicy-TLS13-1-2-2021-06",
      "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
      "ELBSecurityPolicy-FS-1-2-Res-2020-10",
    ], var.ssl_policy)
    error_message = "ssl_policy must refuse everything below TLS 1.2: ELBSecurityPolicy-TLS13-1-3-2021-06, -TLS13-1-2-2021-06, -TLS13-1-2-Res-2021-06 or -FS-1-2-Res-2020-10."
  }
}

variable "target_port" {
  description = "Port the containers listen on."
  type        = number
  nullable    = false

  validation {
    condition     = var.target_port >= 1 && var.target_port <= 65535
    error_message = "target_port must lie in 1 to 65535."
  }
}

variable "health_check" {
  description = "How the load balancer finds out that a target is healthy; times in seconds."
  type = object({
    path                = string
    matcher             = optional(string, "200")
    interval            = optional(number, 15)
    timeout             = optional(number, 5)
    healthy_threshold   = optional(number, 2)
    unhealthy_threshold = optional(number, 3)
  })
  nullable = false

  validation {
    condition     = can(regex("^/[^ ]*$", var.health_check.path))
    error_message = "health_check.path must begin with / and hold no blank."
  }

  validation {
    condition     = var.health_check.interval >= 5 && var.health_check.interval <= 300 && var.health_check.timeout < var.health_check.interval
    error_message = "health_check.interval must lie in 5 to 300 seconds and be longer than health_check.timeout."
  }
}

variable "idle_timeout" {
  description = "Seconds a connection may be idle."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.idle_timeout >= 1 && var.idle_timeout <= 4000
    error_message = "idle_timeout must lie in 1 to 4000 seconds."
  }
}

variable "deregistration_delay" {
  description = "Seconds a leaving target may finish its requests."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deregistration_delay >= 0 && var.deregistration_delay <= 3600
    error_message = "deregistration_delay must lie in 0 to 3600 seconds."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancer. Off only where an environment is thrown away."
  type        = bool
  default     = true
  nullable    = false
}

variable "access_logs" {
  description = "Bucket (and prefix) of the access logs; null writes none."
  type = object({
    bucket = string
    prefix = optional(string)
  })
  default = null
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
