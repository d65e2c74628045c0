resource "terraform_data" "provisioner-with-an-interpreter" {
  provisioner "local-exec" {
    interpreter = ["python3", "-c"]
    command     = "open('{marks}/provisioner-with-an-interpreter', 'w')"
  }
}
