mock_provider "aws" {
}

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

run "a_name_in_capitals_is_refused" {
  command = plan

  variables {
    name = "Demo"
  }

  expect_failures = [var.name]
}

run "an_empty_description_is_refused" {
  command = plan

  variables {
    description = " "
  }

  expect_failures = [var.description]
}

run "something_else_than_a_vpc_is_refused" {
  command = plan

  variables {
    vpc_id = "subnet-0123456789abcdef0"
  }

  expect_failures = [var.vpc_id]
}

run "ingress_without_a_source_is_refused" {
  command = plan

  variables {
    ingress = { x = { description = "x", from_port = 443 } }
  }

  expect_failures = [var.ingress]
}

run "ingress_with_two_sources_is_refused" {
  command = plan

  variables {
    ingress = { x = { description = "x", from_port = 443, cidr_ipv4 = "10.0.0.0/16", security_group_id = "sg-0aaaaaaaaaaaaaaaa" } }
  }

  expect_failures = [var.ingress]
}

run "ingress_of_every_protocol_is_refused" {
  command = plan

  variables {
    ingress = { x = { description = "x", from_port = 443, protocol = "-1", cidr_ipv4 = "10.0.0.0/16" } }
  }

  expect_failures = [var.ingress]
}

run "ingress_on_ports_the_wrong_way_round_is_refused" {
  command = plan

  variables {
    ingress = { x = { description = "x", from_port = 443, to_port = 80, cidr_ipv4 = "10.0.0.0/16" } }
  }

  expect_failures = [var.ingress]
}

run "ingress_without_a_description_is_refused" {
  command = plan

  variables {
    ingress = { x = { description = "", from_port = 443, cidr_ipv4 = "10.0.0.0/16" } }
  }

  expect_failures = [var.ingress]
}

run "ingress_from_no_cidr_block_is_refused" {
  command = plan

  variables {
    ingress = { x = { description = "x", from_port = 443, cidr_ipv4 = "10.0.0.0" } }
  }

  expect_failures = [var.ingress]
}

run "ingress_from_the_internet_into_a_private_group_is_refused" {
  command = plan

  variables {
    ingress = { x = { description = "x", from_port = 443, cidr_ipv4 = "0.0.0.0/0" } }
  }

  expect_failures = [var.ingress]
}

run "ingress_from_half_the_internet_is_refused_too" {
  command = plan

  variables {
    ingress = { x = { description = "x", from_port = 443, cidr_ipv4 = "128.0.0.0/1" } }
  }

  expect_failures = [var.ingress]
}

run "ingress_from_the_internet_to_a_database_port_is_refused" {
  command = plan

  variables {
    public  = true
    ingress = { x = { description = "x", from_port = 5432, cidr_ipv4 = "0.0.0.0/0" } }
  }

  expect_failures = [var.ingress]
}

run "ingress_from_the_internet_on_many_ports_is_refused" {
  command = plan

  variables {
    public  = true
    ingress = { x = { description = "x", from_port = 80, to_port = 443, cidr_ipv4 = "0.0.0.0/0" } }
  }

  expect_failures = [var.ingress]
}

run "egress_without_a_destination_is_refused" {
  command = plan

  variables {
    egress = { x = { description = "x", from_port = 443 } }
  }

  expect_failures = [var.egress]
}

run "egress_of_every_protocol_is_refused" {
  command = plan

  variables {
    egress = { x = { description = "x", from_port = 443, protocol = "-1", cidr_ipv4 = "10.0.0.0/16" } }
  }

  expect_failures = [var.egress]
}

run "egress_on_ports_out_of_range_is_refused" {
  command = plan

  variables {
    egress = { x = { description = "x", from_port = 0, to_port = 65535, cidr_ipv4 = "10.0.0.0/16" } }
  }

  expect_failures = [var.egress]
}

run "egress_without_a_description_is_refused" {
  command = plan

  variables {
    egress = { x = { description = "", from_port = 443, cidr_ipv4 = "10.0.0.0/16" } }
  }

  expect_failures = [var.egress]
}

run "egress_to_no_cidr_block_is_refused" {
  command = plan

  variables {
    egress = { x = { description = "x", from_port = 443, cidr_ipv4 = "10.0.0.0" } }
  }

  expect_failures = [var.egress]
}

run "egress_to_the_internet_is_refused" {
  command = plan

  variables {
    egress = { x = { description = "x", from_port = 443, cidr_ipv4 = "0.0.0.0/0" } }
  }

  expect_failures = [var.egress]
}

run "a_missing_owner_is_refused" {
  command = plan

  variables {
    tags = { org = "acme", env = "test", service = "demo", version = "1.0" }
  }

  expect_failures = [var.tags]
}
