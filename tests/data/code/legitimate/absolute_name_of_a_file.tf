locals {
  a = file(abspath("${path.module}/x.json"))
  b = abspath(path.module)
}
