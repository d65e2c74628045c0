data "terraform_remote_state" "x" {
  backend = "s3"
  config = {
    bucket              = "b"
    key                 = "k"
    region              = "us-east-1"
    shared_config_files = ["${path.module}/evil.aws"]
    profile             = "evil"
  }
}
