# Bucket, region, key, KMS key and lock come from `-backend-config`: they are the standard's values, from environments.yaml.
terraform {
  backend "s3" {
    encrypt = true
  }
}
