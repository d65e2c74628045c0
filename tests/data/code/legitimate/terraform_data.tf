resource "terraform_data" "x" {
  input = sensitive("x")
}
ephemeral "aws_secretsmanager_secret_version" "y" {
  secret_id = "x"
}
