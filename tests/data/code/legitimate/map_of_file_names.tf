locals {
  files = { a = "a.json", b = "b.json" }
}
resource "aws_iam_policy" "x" {
  for_each = local.files
  policy   = file("${path.module}/policies/${each.value}")
}
