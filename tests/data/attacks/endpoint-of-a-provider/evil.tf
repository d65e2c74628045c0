provider "aws" {
  alias                       = "x"
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  max_retries                 = 1
  access_key                  = "AKIAIOSFODNN7EXAMPLE"
  secret_key                  = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE"
  endpoints {
    ec2 = "{listener}/endpoint-of-a-provider"
  }
}

data "aws_regions" "x" {
  provider = aws.x
}
