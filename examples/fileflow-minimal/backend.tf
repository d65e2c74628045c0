# The standard state backend. Its role is set at init: -backend-config=profile=...
terraform {
  backend "s3" {
    bucket         = "acme-fileflow-tfstate"
    key            = "fileflow/dev/terraform.tfstate"
    region         = "ap-northeast-2"
    encrypt        = true
    kms_key_id     = "alias/acme-fileflow-tfstate"
    dynamodb_table = "acme-fileflow-tflock"
  }
}
