locals {
  a = [for k, v in var.m : v if v != null]
  b = { for k, v in var.m : k => v... }
  c = var.x[*].y
  d = var.x.*.y[0]
  e = "%{if var.x}a%{else}b%{endif}"
  f = -1.5e3 + 2 % 3
  g = !var.x && (var.y || var.z) ? 1 : 2
  h = "nested ${"string"}"
  i = { "a" : 1, (var.b) = 2, c = 3 }
}
