variable "env" {
  description = "Name of this Environment."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "The one AWS account that this may be applied to."
  type        = string
  nullable    = false
}

variable "region" {
  description = "AWS region."
  type        = string
  nullable    = false
}

variable "image_tag" {
  description = "Image that runs. It is resolved to its digest when planned."
  type        = string
  nullable    = false
}
