resource "terraform_data" "provisioner-in-an-override" {}
