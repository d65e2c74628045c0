moved {
  from = terraform_data.before
  to   = terraform_data.moved
}
resource "terraform_data" "moved" {}
import {
  to = terraform_data.imported
  id = "66666666-7777-8888-9999-000000000000"
}
resource "terraform_data" "imported" {}
check "step" {
  assert {
    condition     = var.step == 1
    error_message = "the step is not 1"
  }
}
