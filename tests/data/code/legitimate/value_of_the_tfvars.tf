variable "env" {
  type = string
}
variable "names" {
  type = list(string)
}
variable "policies" {
  type = map(string)
}
locals {
  a = file("${path.module}/policies/${var.env}.json")
}
