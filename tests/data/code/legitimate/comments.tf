# file("/etc/passwd")
// provisioner "local-exec" {}
/* data "http" "x" {} */
locals {
  a = 1 # x
}
