resource "aws_launch_template" "x" {
  user_data = base64encode(templatefile(
    "${path.module}/templates/user_data.sh.tftpl",
    { names = var.names },
  ))
}
