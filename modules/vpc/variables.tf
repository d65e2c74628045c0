variable "name" {
  description = "Name of the network and prefix of its parts, for example fileflow-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,62}$", var.name))
    error_message = "name must be 2 to 63 lower-case letters, digits and dashes and begin with a letter."
  }
}

variable "region" {
  description = "AWS region of the provider; the S3 endpoint is named after it."
  type        = string
  nullable    = false
}

variable "cidr_block" {
  description = "Addresses of the network, /16 to /20. A sixteenth of them is one subnet."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrhost(var.cidr_block, 0)) && can(regex("/(1[6-9]|20)$", var.cidr_block))
    error_message = "cidr_block must be an IPv4 block of /16 to /20, for example 10.40.0.0/16."
  }
}

variable "availability_zones" {
  description = "Zones that have a public and a private subnet each. Only append: a zone's place in the list decides its addresses."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.availability_zones)) == length(var.availability_zones) && length(var.availability_zones) >= 2 && length(var.availability_zones) <= 8
    error_message = "availability_zones must name 2 to 8 different zones."
  }

  validation {
    condition     = alltrue([for zone in var.availability_zones : startswith(zone, var.region)])
    error_message = "availability_zones must lie in region."
  }
}

variable "nat_gateways" {
  description = "Way out of the private subnets: none, one for all of them, or one per-zone. Each costs by the hour."
  type        = string
  default     = "none"
  nullable    = false

  validation {
    condition     = contains(["none", "one", "per-zone"], var.nat_gateways)
    error_message = "nat_gateways must be none, one or per-zone."
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
