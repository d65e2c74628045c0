# 13: everything on everything.
resource "aws_iam_policy" "app" {
  name = "bad-app"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

# 14: anybody may take the role.
resource "aws_iam_role" "app" {
  name = "bad-app"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "*" } }]
  })
}

# 15: the first version of the metadata service answers.
resource "aws_instance" "bastion" {
  ami                    = "ami-12345678"
  instance_type          = "t4g.nano"
  subnet_id              = "subnet-1"
  vpc_security_group_ids = [aws_security_group.bastion.id]

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "optional"
  }
}
