mock_provider "aws" {}

variables {
  name               = "demo-test"
  region             = "ap-northeast-2"
  cidr_block         = "10.40.0.0/16"
  availability_zones = ["ap-northeast-2a", "ap-northeast-2c"]

  tags = {
    org     = "acme"
    env     = "test"
    service = "demo"
    version = "1.0"
    owner   = "team-demo"
  }
}

run "each_zone_has_a_public_and_a_private_subnet" {
  command = plan

  assert {
    condition     = { for zone, subnet in aws_subnet.public : zone => subnet.cidr_block } == { ap-northeast-2a = "10.40.0.0/20", ap-northeast-2c = "10.40.16.0/20" }
    error_message = "The public subnets are not the first addresses, one in each zone."
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == { ap-northeast-2a = "10.40.128.0/20", ap-northeast-2c = "10.40.144.0/20" }
    error_message = "The private subnets are not the second half, one in each zone."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : subnet.tags["Tier"] == "public"]) && alltrue([for subnet in aws_subnet.private : subnet.tags["Tier"] == "private"])
    error_message = "Stacks find subnets by their tag Tier."
  }
}

run "a_third_zone_moves_no_other" {
  command = plan

  variables {
    availability_zones = ["ap-northeast-2a", "ap-northeast-2c", "ap-northeast-2d"]
  }

  assert {
    condition     = aws_subnet.private["ap-northeast-2a"].cidr_block == "10.40.128.0/20" && aws_subnet.private["ap-northeast-2c"].cidr_block == "10.40.144.0/20"
    error_message = "A subnet in use would be replaced."
  }
}

run "no_subnet_gives_public_addresses_by_itself" {
  command = plan

  assert {
    condition     = alltrue([for subnet in merge({ for zone, subnet in aws_subnet.public : "public-${zone}" => subnet }, { for zone, subnet in aws_subnet.private : "private-${zone}" => subnet }) : coalesce(subnet.map_public_ip_on_launch, false) == false])
    error_message = "What starts in the network would be on the internet."
  }
}

run "by_default_nothing_private_reaches_the_internet" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_route.nat) == 0
    error_message = "There is a way out that nobody asked for, and it costs by the hour."
  }

  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" && aws_vpc_endpoint.s3.service_name == "com.amazonaws.ap-northeast-2.s3"
    error_message = "S3, where image layers lie, is not reached through its endpoint."
  }
}

run "one_gateway_serves_all_zones" {
  command = plan

  variables {
    nat_gateways = "one"
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["ap-northeast-2a"] && length(aws_route.nat) == 2
    error_message = "It is not one gateway in the first zone with a route from every zone."
  }
}

run "a_gateway_per_zone_serves_its_own" {
  command = apply

  variables {
    nat_gateways = "per-zone"
  }

  assert {
    condition     = alltrue([for zone, route in aws_route.nat : route.nat_gateway_id == aws_nat_gateway.this[zone].id]) && length(aws_route.nat) == 2
    error_message = "A zone that fails takes the way out of another."
  }

  assert {
    condition     = output.private_subnet_ids == [aws_subnet.private["ap-northeast-2a"].id, aws_subnet.private["ap-northeast-2c"].id]
    error_message = "The subnets are not in the order of the zones."
  }
}

run "the_default_group_lets_nothing_through" {
  command = apply

  assert {
    condition     = length(aws_default_security_group.this.ingress) == 0 && length(aws_default_security_group.this.egress) == 0
    error_message = "The default group has rules."
  }
}

run "every_resource_bears_the_tags" {
  command = plan

  assert {
    condition = alltrue([
      for tags in concat(
        [aws_vpc.this.tags, aws_internet_gateway.this.tags, aws_route_table.public.tags, aws_default_security_group.this.tags, aws_vpc_endpoint.s3.tags],
        [for subnet in aws_subnet.public : subnet.tags],
        [for subnet in aws_subnet.private : subnet.tags],
        [for table in aws_route_table.private : table.tags],
      ) : alltrue([for key, value in var.tags : tags[key] == value])
    ])
    error_message = "A resource lacks one of org, env, service, version and owner."
  }
}
