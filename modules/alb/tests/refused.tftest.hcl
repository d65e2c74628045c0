mock_provider "aws" {
}

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

run "a_name_too_long_for_the_target_group_is_refused" {
  command = plan

  variables {
    name = "a-name-of-twenty-seven-char"
  }

  expect_failures = [var.name]
}

run "something_else_than_a_vpc_is_refused" {
  command = plan

  variables {
    vpc_id = "platform-test"
  }

  expect_failures = [var.vpc_id]
}

run "one_subnet_is_refused" {
  command = plan

  variables {
    subnet_ids = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0aaaaaaaaaaaaaaaa"]
  }

  expect_failures = [var.subnet_ids]
}

run "no_security_group_is_refused" {
  command = plan

  variables {
    security_group_ids = []
  }

  expect_failures = [var.security_group_ids]
}

run "a_certificate_by_name_is_refused" {
  command = plan

  variables {
    certificate_arn = "demo.example.com"
  }

  expect_failures = [var.certificate_arn]
}

run "https_on_the_port_of_http_is_refused" {
  command = plan

  variables {
    https_port = 80
  }

  expect_failures = [var.https_port]
}

run "a_tls_policy_that_admits_tls_1_0_is_refused" {
  command = plan

  variables {
    ssl_policy = "ELBSecurityPolicy-2016-08"
  }

  expect_failures = [var.ssl_policy]
}

run "a_target_port_out_of_range_is_refused" {
  command = plan

  variables {
    target_port = 70000
  }

  expect_failures = [var.target_port]
}

run "a_health_check_path_without_a_slash_is_refused" {
  command = plan

  variables {
    health_check = { path = "health" }
  }

  expect_failures = [var.health_check]
}

run "a_health_check_longer_than_its_interval_is_refused" {
  command = plan

  variables {
    health_check = { path = "/health", interval = 10, timeout = 10 }
  }

  expect_failures = [var.health_check]
}

run "an_idle_timeout_out_of_range_is_refused" {
  command = plan

  variables {
    idle_timeout = 0
  }

  expect_failures = [var.idle_timeout]
}

run "a_deregistration_delay_out_of_range_is_refused" {
  command = plan

  variables {
    deregistration_delay = 4000
  }

  expect_failures = [var.deregistration_delay]
}

run "a_missing_owner_is_refused" {
  command = plan

  variables {
    tags = { org = "acme", env = "test", service = "demo", version = "1.0" }
  }

  expect_failures = [var.tags]
}
