moved {
  from = aws_x.a
  to   = aws_x.b
}
import {
  to = aws_x.b
  id = "x"
}
removed {
  from = aws_x.c
  lifecycle {
    destroy = false
  }
}
check "h" {
  assert {
    condition     = true
    error_message = "x"
  }
}
