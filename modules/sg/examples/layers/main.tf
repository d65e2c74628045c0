# Who may talk to whom: the internet to the load balancer, it to the tasks, they to the database.

provider "aws" {
  region = "ap-northeast-2"
}

locals {
  tags = {
    org     = "acme"
    env     = "dev"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}

module "sg_alb" {
  source = "../.."

  name        = "demo-dev-alb"
  description = "Load balancer of demo-dev"
  vpc_id      = "vpc-0aaaaaaaaaaaaaaaa"
  public      = true
  tags        = local.tags

  ingress = {
    https = { description = "HTTPS", from_port = 443, cidr_ipv4 = "0.0.0.0/0" }
  }

  egress = {
    tasks = { description = "Tasks", from_port = 8080, security_group_id = module.sg_app.id }
  }
}

module "sg_app" {
  source = "../.."

  name        = "demo-dev-app"
  description = "Tasks of demo-dev"
  vpc_id      = "vpc-0aaaaaaaaaaaaaaaa"
  tags        = local.tags

  ingress = {
    alb = { description = "Load balancer", from_port = 8080, security_group_id = module.sg_alb.id }
  }

  egress = {
    database = { description = "Database", from_port = 5432, security_group_id = module.sg_db.id }
  }
}

module "sg_db" {
  source = "../.."

  name        = "demo-dev-db"
  description = "Database of demo-dev"
  vpc_id      = "vpc-0aaaaaaaaaaaaaaaa"
  tags        = local.tags

  ingress = {
    app = { description = "Tasks", from_port = 5432, security_group_id = module.sg_app.id }
  }
}
