provider "aws" {
  region              = var.environments[var.environment].region
  allowed_account_ids = [var.environments[var.environment].account_id]

  default_tags {
    tags = local.tags
  }
}
