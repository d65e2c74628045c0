resource "aws_iam_policy" "x" {
  for_each = fileset("${path.module}/policies", "*.json")
  name     = trimsuffix(each.value, ".json")
  policy   = file("${path.module}/policies/${each.value}")
}
