locals {
  all = { for f in fileset(path.module, "policies/*.json") : f => file("${path.module}/${f}") }
}
