provider "aws" {
  alias                       = "x"
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  max_retries                 = 1
  shared_config_files         = ["${path.module}/evil.aws"]
  profile                     = "evil"
}

data "aws_regions" "x" {
  provider = aws.x
}
