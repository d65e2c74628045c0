terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}
provider "aws" {
  region                      = "ap-northeast-2"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
provider "aws" {
  alias                       = "virginia"
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
variable "step" { type = number }
variable "password" {
  type      = string
  sensitive = true
}
locals {
  after = var.step == 2
  keys  = ["a.b", "a[\"x\"]", "한글 키", "it's <b>", "data.x", "module.x.y"]
}
resource "terraform_data" "counted" {
  count = local.after ? 1 : 2
  input = count.index
}
resource "terraform_data" "keyed" {
  for_each = toset(local.keys)
  input    = each.key
}
resource "terraform_data" "replaced" { triggers_replace = var.step }
resource "terraform_data" "updated" { input = var.step }
module "child" {
  source    = "./child"
  count     = 2
  password  = var.password
  providers = { aws.far = aws.virginia }
}
output "changed" { value = var.step }
output "secret" {
  value     = var.password
  sensitive = true
}
output "unknown" { value = module.child[0].topic }
