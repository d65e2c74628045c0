# Bucket, region, key, KMS key and lock come from `-backend-config`, with the values of environments.yaml.
terraform {
  backend "s3" {
    encrypt = true
  }
}
