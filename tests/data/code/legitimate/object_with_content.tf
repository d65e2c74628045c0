resource "aws_s3_object" "x" {
  content = "x"
  source  = null
}
