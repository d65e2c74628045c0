# 5: not encrypted. 6: reachable from the internet. 7: no backups. 8: no deletion protection.
resource "aws_db_instance" "this" {
  identifier                  = "bad"
  engine                      = "postgres"
  engine_version              = "16.4"
  instance_class              = "db.t4g.micro"
  allocated_storage           = 20
  username                    = "app"
  manage_master_user_password = true
  skip_final_snapshot         = true
  storage_encrypted           = false
  publicly_accessible         = true
  backup_retention_period     = 0
  deletion_protection         = false
}

resource "aws_s3_bucket" "files" {
  bucket = "bad-files"
}

# 9: anybody may write.
resource "aws_s3_bucket_acl" "files" {
  bucket = aws_s3_bucket.files.id
  acl    = "public-read-write"
}

# 10: public policies are not blocked.
resource "aws_s3_bucket_public_access_block" "files" {
  bucket                  = aws_s3_bucket.files.id
  block_public_acls       = false
  block_public_policy     = false
  ignore_public_acls      = false
  restrict_public_buckets = false
}

# 11: the key is never rotated.
resource "aws_kms_key" "this" {
  description         = "bad"
  enable_key_rotation = false
}

# 12: not encrypted.
resource "aws_sqs_queue" "jobs" {
  name                    = "bad-jobs"
  sqs_managed_sse_enabled = false
}
