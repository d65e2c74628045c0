# Which role this runs under is decided outside: the provider takes it from AWS_PROFILE.
provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}
