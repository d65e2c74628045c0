provider "aws" {
  region              = var.state.region
  allowed_account_ids = [var.state.account_id]

  default_tags {
    tags = local.tags
  }
}
