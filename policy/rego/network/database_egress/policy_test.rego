package infragate.network.database_egress_test

import data.infragate.lib.testing
import data.infragate.network.database_egress

rule(direction, change) := testing.resource(sprintf("aws_vpc_security_group_%s_rule", [direction]), object.union(
	{"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"},
	change,
))

database := testing.resource("aws_db_instance", {"vpc_security_group_ids": ["sg-1"]})

address := "aws_vpc_security_group_egress_rule.this"

test_a_way_to_the_internet_is_refused if {
	database_egress.deny == {{
		"id": "IG-NET-04",
		"severity": "HIGH",
		"address": address,
		"path": "cidr_ipv4",
		"msg": "It lets a database reach the whole internet.",
	}} with input as testing.plan([database, rule("egress", {})])
}

test_what_is_allowed[note] if {
	some note, resources in {
		"a network": [database, rule("egress", {"cidr_ipv4": "10.0.0.0/8"})],
		"what comes in": [database, rule("ingress", {})],
		"the group of something else": [rule("egress", {})],
		"unknown ports": [database, testing.partly("aws_vpc_security_group_egress_rule", {"security_group_id": "sg-1"}, {"to_port": true})],
	}
	database_egress.deny == set() with input as testing.plan(resources)
}

test_an_unknown_network_is_asked if {
	rc := testing.partly("aws_vpc_security_group_egress_rule", {"security_group_id": "sg-1"}, {"cidr_ipv4": true})
	testing.brief(database_egress.deny) == {[address, "cidr_ipv4", 1]} with input as testing.plan([database, rc])
}

with_database(plan) := object.union(plan, {"resource_changes": array.concat(plan.resource_changes, [database])})

test_every_address if {
	testing.addresses(database_egress.deny) == testing.kept_addresses("aws_vpc_security_group_egress_rule") with input as with_database(testing.kept(rule("egress", {})))
}

test_what_is_gone_is_allowed if database_egress.deny == set() with input as with_database(testing.gone(rule("egress", {})))
