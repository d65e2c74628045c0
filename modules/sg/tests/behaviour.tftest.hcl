mock_provider "aws" {}

variables {
  name        = "demo-test-app"
  description = "Tasks of demo-test"
  vpc_id      = "vpc-0123456789abcdef0"

  tags = {
    org     = "acme"
    env     = "test"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}

run "a_group_without_rules_lets_nothing_in_or_out" {
  command = plan

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.this) + length(aws_vpc_security_group_egress_rule.this) == 0
    error_message = "There is a rule that nobody asked for."
  }

  assert {
    condition     = aws_security_group.this.name == "demo-test-app" && aws_security_group.this.tags.Name == "demo-test-app"
    error_message = "The group is not named as asked."
  }
}

run "rules_refer_to_groups_and_one_port" {
  command = plan

  variables {
    ingress = { alb = { description = "Load balancer", from_port = 8080, security_group_id = "sg-0aaaaaaaaaaaaaaaa" } }
    egress  = { db = { description = "Database", from_port = 5432, security_group_id = "sg-0bbbbbbbbbbbbbbbb" } }
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.this["alb"].referenced_security_group_id == "sg-0aaaaaaaaaaaaaaaa" && aws_vpc_security_group_ingress_rule.this["alb"].cidr_ipv4 == null
    error_message = "The inbound rule does not refer to the group."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.this["alb"].to_port == 8080 && aws_vpc_security_group_egress_rule.this["db"].to_port == 5432
    error_message = "Without to_port a rule is about one port."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.this["db"].ip_protocol == "tcp"
    error_message = "The protocol is not TCP."
  }
}

run "a_public_group_takes_the_internet_on_443_and_80" {
  command = plan

  variables {
    public = true
    ingress = {
      https = { description = "HTTPS", from_port = 443, cidr_ipv4 = "0.0.0.0/0" }
      http  = { description = "HTTP", from_port = 80, cidr_ipv4 = "0.0.0.0/0" }
    }
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.this : rule.cidr_ipv4 == "0.0.0.0/0"])
    error_message = "The public rules are not there."
  }
}

run "every_resource_bears_the_tags" {
  command = plan

  variables {
    ingress = { alb = { description = "Load balancer", from_port = 8080, security_group_id = "sg-0aaaaaaaaaaaaaaaa" } }
    egress  = { s3 = { description = "S3", from_port = 443, prefix_list_id = "pl-0123456789" } }
  }

  assert {
    condition = alltrue([
      for resource in [aws_security_group.this, aws_vpc_security_group_ingress_rule.this["alb"], aws_vpc_security_group_egress_rule.this["s3"]] :
      alltrue([for key, value in var.tags : resource.tags[key] == value])
    ])
    error_message = "A resource lacks one of org, env, service, version and owner."
  }
}
