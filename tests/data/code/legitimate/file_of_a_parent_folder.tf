locals {
  a = fileexists("${path.module}/../shared/x.json")
}
