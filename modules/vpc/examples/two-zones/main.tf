# A network of its own in two zones; one gateway is the way out of both.

provider "aws" {
  region = "ap-northeast-2"
}

module "vpc" {
  source = "../.."

  name               = "demo-dev"
  region             = "ap-northeast-2"
  cidr_block         = "10.40.0.0/16"
  availability_zones = ["ap-northeast-2a", "ap-northeast-2c"]
  nat_gateways       = "one"

  tags = {
    org     = "acme"
    env     = "dev"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}

output "private_subnet_ids" {
  description = "For tasks and database."
  value       = module.vpc.private_subnet_ids
}
