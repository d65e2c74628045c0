terraform {
  backend "s3" {
    bucket              = "{bucket}"
    key                 = "{key}"
    region              = "ap-northeast-2"
    encrypt             = true
    kms_key_id          = "alias/acme-fileflow-tfstate"
    shared_config_files = ["evil.aws"]
    profile             = "evil"
  }
}
