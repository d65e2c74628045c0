locals {
  a = file(var.prod ? "x.json" : "${path.module}/policies/a.json")
}
