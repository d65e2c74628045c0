variable "env" {
  description = "Name of this Environment."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "The only AWS account where this may be applied."
  type        = string
  nullable    = false
}

variable "region" {
  description = "AWS region."
  type        = string
  nullable    = false
}

variable "image_tag" {
  description = "Tag of the image. The plan resolves it to a digest."
  type        = string
  nullable    = false
}
