output "role_arns" {
  description = "Roles by purpose."
  value       = { for purpose, role in aws_iam_role.this : purpose => role.arn }
}

output "boundary_arn" {
  description = "Permissions boundary that every role of the service must carry."
  value       = aws_iam_policy.boundary.arn
}

output "oidc_provider_arn" {
  description = "GitHub's identity provider."
  value       = aws_iam_openid_connect_provider.github.arn
}
