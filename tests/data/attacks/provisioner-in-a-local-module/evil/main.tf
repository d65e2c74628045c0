resource "terraform_data" "provisioner-in-a-local-module" {
  provisioner "local-exec" {
    command = "touch {marks}/provisioner-in-a-local-module"
  }
}
