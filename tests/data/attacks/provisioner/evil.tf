resource "terraform_data" "provisioner" {
  provisioner "local-exec" {
    command = "touch {marks}/provisioner"
  }
}
