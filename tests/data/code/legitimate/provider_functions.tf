locals {
  a = provider::aws::arn_parse("arn:aws:s3:::b")
  b = provider::terraform::encode_tfvars({})
}
