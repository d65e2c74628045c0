variable "f" {
  default = "x.json"
}
locals {
  a = file(var.f)
}
