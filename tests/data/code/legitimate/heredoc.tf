locals {
  a = <<-EOT
    provider "aws" { profile = "x" }
    file("/etc/passwd") # not code
    $${file("x")}
  EOT
}
