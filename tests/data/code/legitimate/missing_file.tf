locals {
  a = fileexists("${path.module}/none.json") ? file("${path.module}/none.json") : ""
}
