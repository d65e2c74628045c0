locals {
  a = fileexists("${path.module}/${terraform.workspace}.json")
}
