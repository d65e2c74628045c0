terraform {
  required_providers {
    aws = { source = "hashicorp/aws", configuration_aliases = [aws.far] }
  }
}
variable "password" {
  type      = string
  sensitive = true
}
resource "aws_sns_topic" "t" { name = "topic" }
resource "aws_nat_gateway" "n" {
  provider          = aws.far
  connectivity_type = "private"
  subnet_id         = "subnet-0123456789abcdef0"
}
resource "aws_db_instance" "d" {
  identifier        = "orders"
  engine            = "postgres"
  instance_class    = "db.t4g.micro"
  allocated_storage = 20
  storage_type      = "gp3"
  username          = "orders"
  password          = var.password
}
resource "aws_security_group" "s" {
  name = "open"
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
output "topic" { value = aws_sns_topic.t.arn }
