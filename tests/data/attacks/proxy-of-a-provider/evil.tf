provider "aws" {
  alias                       = "x"
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  max_retries                 = 1
  shared_credentials_files    = [pathexpand("{home}/.aws/credentials")]
  http_proxy                  = "{listener}/proxy-of-a-provider"
  https_proxy                 = "{listener}/proxy-of-a-provider"
  endpoints {
    ec2 = "http://ec2.example.com/proxy-of-a-provider"
  }
}

data "aws_regions" "x" {
  provider = aws.x
}
