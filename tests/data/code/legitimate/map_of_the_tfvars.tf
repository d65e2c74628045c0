variable "env" {
  type = string
}
variable "names" {
  type = list(string)
}
variable "policies" {
  type = map(string)
}
resource "aws_iam_policy" "x" {
  for_each = var.policies
  policy   = file("${path.module}/policies/${each.value}")
}
