# A role is handed out only once its policy is there: a task started before would fail to pull its image.

output "exec_role_arn" {
  description = "ARN of the execution role."
  value       = aws_iam_role.exec.arn
  depends_on  = [aws_iam_role_policy.exec]
}

output "exec_role_name" {
  description = "Name of the execution role."
  value       = aws_iam_role.exec.name
}

output "task_role_arn" {
  description = "ARN of the task role."
  value       = aws_iam_role.task.arn
  depends_on  = [aws_iam_role_policy.task]
}

output "task_role_name" {
  description = "Name of the task role."
  value       = aws_iam_role.task.name
}
