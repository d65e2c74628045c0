# A load balancer on the internet: HTTPS to the tasks, HTTP only to be redirected, access logs in a bucket.

provider "aws" {
  region = "ap-northeast-2"
}

module "alb" {
  source = "../.."

  name               = "demo-dev"
  internal           = false
  vpc_id             = "vpc-0aaaaaaaaaaaaaaaa"
  subnet_ids         = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0cccccccccccccccc"]
  security_group_ids = ["sg-0aaaaaaaaaaaaaaaa"]
  certificate_arn    = "arn:aws:acm:ap-northeast-2:111111111111:certificate/0a1b2c3d-0000-4000-8000-000000000000"
  target_port        = 8080
  health_check       = { path = "/health" }
  access_logs        = { bucket = "acme-access-logs", prefix = "demo" }

  tags = {
    org     = "acme"
    env     = "dev"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}

output "target_group_arn" {
  description = "What the ECS service registers with."
  value       = module.alb.target_group_arn
}
