resource "aws_s3_object" "x" {
  for_each = fileset("${path.module}/lambda", "**/*.py")
  source   = "${path.module}/lambda/${each.value}"
  etag     = filemd5("${path.module}/lambda/${each.value}")
}
