output "bucket" {
  description = "Name of the state bucket."
  value       = aws_s3_bucket.state.id
}

output "lock_table" {
  description = "Name of the lock table."
  value       = aws_dynamodb_table.lock.name
}

output "kms_key_arn" {
  description = "ARN of the key that encrypts the state."
  value       = aws_kms_key.state.arn
}

output "role_arns" {
  description = "State roles by ENVIRONMENT-PURPOSE."
  value       = { for key, role in aws_iam_role.state : key => role.arn }
}

output "drift_role_arn" {
  description = "Role that keeps the records of drift."
  value       = aws_iam_role.drift.arn
}
