output "identifier" {
  description = "Identifier of the instance."
  value       = aws_db_instance.primary.identifier
}

output "arn" {
  description = "ARN of the instance."
  value       = aws_db_instance.primary.arn
}

output "resource_id" {
  description = "What AWS calls the instance in ARNs of database users (rds-db:connect)."
  value       = aws_db_instance.primary.resource_id
}

output "address" {
  description = "Host name of the database."
  value       = aws_db_instance.primary.address
}

output "port" {
  description = "Port of the database."
  value       = aws_db_instance.primary.port
}

output "database_name" {
  description = "Database that was made with the instance."
  value       = aws_db_instance.primary.db_name
}

output "master_user_secret_arn" {
  description = "Secret that holds the master user's password."
  value       = one(aws_db_instance.primary.master_user_secret[*].secret_arn)
}
