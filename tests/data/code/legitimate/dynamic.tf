resource "aws_x" "x" {
  dynamic "statement" {
    for_each = fileset("${path.module}/policies", "*.json")
    content {
      policy = file("${path.module}/policies/${statement.value}")
    }
  }
}
