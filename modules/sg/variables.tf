variable "name" {
  description = "Name of the security group, for example fileflow-dev-app."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,62}$", var.name)) && !startswith(var.name, "sg-")
    error_message = "name must be 2 to 63 lower-case letters, digits and dashes, begin with a letter and not with sg-."
  }
}

variable "description" {
  description = "What the group is for. AWS replaces the group when it changes."
  type        = string
  nullable    = false

  validation {
    condition     = length(trimspace(var.description)) > 0 && length(var.description) <= 255
    error_message = "description must say what the group is for, in at most 255 characters."
  }
}

variable "vpc_id" {
  description = "VPC of the group."
  type        = string
  nullable    = false

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "vpc_id must be the id of a VPC (vpc-...)."
  }
}

variable "public" {
  description = "True for a group that may be reached from the whole internet, and then on ports 80 and 443 only."
  type        = bool
  default     = false
  nullable    = false
}

variable "ingress" {
  description = "Inbound rules by name. Each names exactly one source: cidr_ipv4, prefix_list_id or security_group_id."
  type = map(object({
    description       = string
    from_port         = number
    to_port           = optional(number)
    protocol          = optional(string, "tcp")
    cidr_ipv4         = optional(string)
    prefix_list_id    = optional(string)
    security_group_id = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for rule in var.ingress : length(compact([
        rule.cidr_ipv4 == null ? "" : "cidr",
        rule.prefix_list_id == null ? "" : "prefix list",
        rule.security_group_id == null ? "" : "group",
      ])) == 1
    ])
    error_message = "Each ingress rule needs exactly one of cidr_ipv4, prefix_list_id and security_group_id."
  }

  validation {
    condition     = alltrue([for rule in var.ingress : contains(["tcp", "udp"], rule.protocol)])
    error_message = "The protocol of an ingress rule must be tcp or udp; rules for every protocol are not allowed."
  }

  validation {
    condition = alltrue([
      for rule in var.ingress :
      rule.from_port >= 1 && rule.from_port <= coalesce(rule.to_port, rule.from_port) && coalesce(rule.to_port, rule.from_port) <= 65535
    ])
    error_message = "The ports of an ingress rule must lie in 1 to 65535, from_port not above to_port."
  }

  validation {
    condition     = alltrue([for rule in var.ingress : trimspace(rule.description) != ""])
    error_message = "Each ingress rule needs a description."
  }

  validation {
    condition     = alltrue([for rule in var.ingress : rule.cidr_ipv4 == null || can(cidrhost(rule.cidr_ipv4, 0))])
    error_message = "The cidr_ipv4 of an ingress rule must be a CIDR block such as 10.0.0.0/8."
  }

  # A prefix shorter than /8 counts as the internet too: 0.0.0.0/1 and 128.0.0.0/1 together are 0.0.0.0/0.
  validation {
    condition = alltrue([
      for rule in var.ingress :
      var.public && rule.from_port == coalesce(rule.to_port, rule.from_port) && contains([80, 443], rule.from_port)
      if rule.cidr_ipv4 != null && tonumber(try(split("/", rule.cidr_ipv4)[1], "32")) < 8
    ])
    error_message = "Ingress from the internet (a CIDR block wider than /8) is allowed in a public group only, on port 80 or 443."
  }
}

variable "egress" {
  description = "Outbound rules by name; none means no outbound traffic. Each names exactly one destination: cidr_ipv4, prefix_list_id or security_group_id."
  type = map(object({
    description       = string
    from_port         = number
    to_port           = optional(number)
    protocol          = optional(string, "tcp")
    cidr_ipv4         = optional(string)
    prefix_list_id    = optional(string)
    security_group_id = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for rule in var.egress : length(compact([
        rule.cidr_ipv4 == null ? "" : "cidr",
        rule.prefix_list_id == null ? "" : "prefix list",
        rule.security_group_id == null ? "" : "group",
      ])) == 1
    ])
    error_message = "Each egress rule needs exactly one of cidr_ipv4, prefix_list_id and security_group_id."
  }

  validation {
    condition     = alltrue([for rule in var.egress : contains(["tcp", "udp"], rule.protocol)])
    error_message = "The protocol of an egress rule must be tcp or udp; rules for every protocol are not allowed."
  }

  validation {
    condition = alltrue([
      for rule in var.egress :
      rule.from_port >= 1 && rule.from_port <= coalesce(rule.to_port, rule.from_port) && coalesce(rule.to_port, rule.from_port) <= 65535
    ])
    error_message = "The ports of an egress rule must lie in 1 to 65535, from_port not above to_port."
  }

  validation {
    condition     = alltrue([for rule in var.egress : trimspace(rule.description) != ""])
    error_message = "Each egress rule needs a description."
  }

  validation {
    condition     = alltrue([for rule in var.egress : rule.cidr_ipv4 == null || can(cidrhost(rule.cidr_ipv4, 0))])
    error_message = "The cidr_ipv4 of an egress rule must be a CIDR block such as 10.0.0.0/8."
  }

  validation {
    condition = alltrue([
      for rule in var.egress : tonumber(try(split("/", rule.cidr_ipv4)[1], "32")) >= 8 if rule.cidr_ipv4 != null
    ])
    error_message = "Egress to the whole internet (a CIDR block wider than /8) is not allowed: name a group, a prefix list or a narrower block."
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
