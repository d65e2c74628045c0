locals {
  p = { one = { file = "a.json", size = 1 }, two = { file = "b.json", size = 2 } }
}
resource "aws_iam_policy" "x" {
  for_each = local.p
  policy   = file("${path.module}/policies/${each.value.file}")
}
