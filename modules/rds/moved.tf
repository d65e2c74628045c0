# v0.7.0: a read replica will be a resource of its own beside the primary.
moved {
  from = aws_db_instance.this
  to   = aws_db_instance.primary
}
