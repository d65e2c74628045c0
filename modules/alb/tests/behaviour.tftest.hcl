mock_provider "aws" {}

variables {
  name               = "demo-test"
  vpc_id             = "vpc-0123456789abcdef0"
  subnet_ids         = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0cccccccccccccccc"]
  security_group_ids = ["sg-0aaaaaaaaaaaaaaaa"]
  certificate_arn    = "arn:aws:acm:ap-northeast-2:111111111111:certificate/0a1b2c3d"
  target_port        = 8080
  health_check       = { path = "/health" }

  tags = {
    org     = "acme"
    env     = "test"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}

run "https_forwards_with_tls_1_2_at_least" {
  command = plan

  assert {
    condition     = aws_lb_listener.https.protocol == "HTTPS" && aws_lb_listener.https.port == 443 && aws_lb_listener.https.default_action[0].type == "forward"
    error_message = "HTTPS on 443 does not forward."
  }

  assert {
    condition     = aws_lb_listener.https.ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    error_message = "The default TLS policy has changed."
  }
}

run "http_does_nothing_but_redirect_to_https" {
  command = plan

  assert {
    condition     = aws_lb_listener.redirect.port == 80 && aws_lb_listener.redirect.default_action[0].type == "redirect"
    error_message = "HTTP on 80 does not redirect."
  }

  assert {
    condition     = aws_lb_listener.redirect.default_action[0].redirect[0].protocol == "HTTPS" && aws_lb_listener.redirect.default_action[0].redirect[0].port == "443" && aws_lb_listener.redirect.default_action[0].redirect[0].status_code == "HTTP_301"
    error_message = "The redirect does not lead to HTTPS for good."
  }
}

run "defaults_protect" {
  command = plan

  assert {
    condition     = aws_lb.this.internal && aws_lb.this.enable_deletion_protection && aws_lb.this.drop_invalid_header_fields
    error_message = "By default a load balancer is internal, cannot be deleted and drops invalid headers."
  }

  assert {
    condition     = length(aws_lb.this.access_logs) == 0
    error_message = "Access logs are written only where a bucket is given."
  }
}

run "targets_are_addresses_checked_on_the_given_path" {
  command = plan

  assert {
    condition     = aws_lb_target_group.this.name == "demo-test-8080" && aws_lb_target_group.this.target_type == "ip" && aws_lb_target_group.this.port == 8080
    error_message = "The target group does not fit tasks on port 8080."
  }

  assert {
    condition     = aws_lb_target_group.this.health_check[0].path == "/health" && aws_lb_target_group.this.health_check[0].matcher == "200"
    error_message = "The health check does not ask for /health."
  }
}

run "access_logs_go_to_the_bucket" {
  command = plan

  variables {
    access_logs = { bucket = "platform-logs-test", prefix = "demo-test" }
  }

  assert {
    condition     = aws_lb.this.access_logs[0].enabled && aws_lb.this.access_logs[0].bucket == "platform-logs-test"
    error_message = "Access logs are not written to the bucket."
  }
}

run "every_resource_bears_the_tags" {
  command = plan

  assert {
    condition = alltrue([
      for resource in [aws_lb.this, aws_lb_target_group.this, aws_lb_listener.https, aws_lb_listener.redirect] : resource.tags == var.tags
    ])
    error_message = "A resource lacks one of org, env, service, version and owner."
  }
}
