provider "aws" {
  alias  = "us"
  region = "us-east-1"
  ignore_tags {
    keys = ["a"]
  }
}
