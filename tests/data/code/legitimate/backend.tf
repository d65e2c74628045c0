terraform {
  backend "s3" {
    bucket  = "b"
    key     = "k"
    region  = "r"
    encrypt = true
  }
}
