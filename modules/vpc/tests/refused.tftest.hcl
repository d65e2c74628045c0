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

run "a_name_that_begins_with_a_digit_is_refused" {
  command = plan

  variables {
    name = "1demo"
  }

  expect_failures = [var.name]
}

run "a_block_that_is_no_block_is_refused" {
  command = plan

  variables {
    cidr_block = "10.40.0.0"
  }

  expect_failures = [var.cidr_block]
}

run "a_block_too_small_for_its_subnets_is_refused" {
  command = plan

  variables {
    cidr_block = "10.40.0.0/24"
  }

  expect_failures = [var.cidr_block]
}

run "one_zone_is_refused" {
  command = plan

  variables {
    availability_zones = ["ap-northeast-2a"]
  }

  expect_failures = [var.availability_zones]
}

run "the_same_zone_twice_is_refused" {
  command = plan

  variables {
    availability_zones = ["ap-northeast-2a", "ap-northeast-2a"]
  }

  expect_failures = [var.availability_zones]
}

run "a_zone_of_another_region_is_refused" {
  command = plan

  variables {
    availability_zones = ["ap-northeast-2a", "us-east-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "an_unknown_number_of_gateways_is_refused" {
  command = plan

  variables {
    nat_gateways = "two"
  }

  expect_failures = [var.nat_gateways]
}

run "a_missing_owner_is_refused" {
  command = plan

  variables {
    tags = { org = "acme", env = "test", service = "demo", version = "1.0" }
  }

  expect_failures = [var.tags]
}
