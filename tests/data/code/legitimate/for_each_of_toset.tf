resource "aws_iam_policy" "x" {
  for_each = toset(["a", "b"])
  policy   = file("${path.module}/policies/${each.key}.json")
}
