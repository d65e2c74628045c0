package infragate.network.database_ingress_test

import data.infragate.lib.testing
import data.infragate.network.database_ingress

rule(direction, change) := testing.resource(sprintf("aws_vpc_security_group_%s_rule", [direction]), object.union(
	{"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"},
	change,
))

database := testing.resource("aws_db_instance", {"vpc_security_group_ids": ["sg-1"]})

address := "aws_vpc_security_group_ingress_rule.this"

test_addresses_are_refused if {
	database_ingress.deny == {{
		"id": "IG-NET-05",
		"severity": "HIGH",
		"address": address,
		"path": "cidr_ipv4",
		"msg": "It lets the addresses 10.0.0.0/8 into a database. Name the security group of the application instead.",
	}} with input as testing.plan([database, rule("ingress", {"cidr_ipv4": "10.0.0.0/8"})])
}

test_what_is_allowed[note] if {
	some note, resources in {
		"a security group": [database, rule("ingress", {"cidr_ipv4": null, "referenced_security_group_id": "sg-2"})],
		"what leaves": [database, rule("egress", {})],
		"the group of something else": [rule("ingress", {})],
		"an unknown network of what leaves": [database, testing.partly("aws_vpc_security_group_egress_rule", {"security_group_id": "sg-1"}, {"cidr_ipv4": true})],
		"an unknown network of something else": [testing.partly("aws_vpc_security_group_ingress_rule", {"security_group_id": "sg-1"}, {"cidr_ipv4": true})],
		"unknown ports": [database, testing.partly("aws_vpc_security_group_ingress_rule", {"security_group_id": "sg-1"}, {"to_port": true})],
	}
	database_ingress.deny == set() with input as testing.plan(resources)
}

test_an_unknown_network_is_asked if {
	rc := testing.partly("aws_vpc_security_group_ingress_rule", {"security_group_id": "sg-1"}, {"cidr_ipv4": true})
	testing.brief(database_ingress.deny) == {[address, "cidr_ipv4", 1]} with input as testing.plan([database, rc])
}

with_database(plan) := object.union(plan, {"resource_changes": array.concat(plan.resource_changes, [database])})

test_every_address if {
	testing.addresses(database_ingress.deny) == testing.kept_addresses("aws_vpc_security_group_ingress_rule") with input as with_database(testing.kept(rule("ingress", {})))
}

test_what_is_gone_is_allowed if database_ingress.deny == set() with input as with_database(testing.gone(rule("ingress", {})))
