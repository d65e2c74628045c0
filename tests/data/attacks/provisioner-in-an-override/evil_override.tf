resource "terraform_data" "provisioner-in-an-override" {
  provisioner "local-exec" {
    command = "touch {marks}/provisioner-in-an-override"
  }
}
