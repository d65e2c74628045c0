resource "aws_iam_policy" "x" {
  policy = jsonencode(jsondecode(file("${path.module}/x.json")))
}
