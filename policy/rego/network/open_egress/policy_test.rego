package infragate.network.open_egress_test

import data.infragate.lib.testing
import data.infragate.network.open_egress

rule(direction, change) := testing.resource(sprintf("aws_vpc_security_group_%s_rule", [direction]), object.union(
	{"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"},
	change,
))

all := {"ip_protocol": "-1", "from_port": null, "to_port": null}

address := "aws_vpc_security_group_egress_rule.this"

test_everything_to_everywhere_is_refused if {
	open_egress.deny == {{
		"id": "IG-NET-03",
		"severity": "HIGH",
		"address": address,
		"path": "cidr_ipv4",
		"msg": "It lets all traffic out to the whole internet.",
	}} with input as testing.plan([rule("egress", all)])
}

test_what_is_allowed[note] if {
	some note, rc in {
		"one port to everywhere": rule("egress", {}),
		"all ports to a network": rule("egress", object.union(all, {"cidr_ipv4": "10.0.0.0/8"})),
		"what comes in": rule("ingress", all),
		"an unknown network on one port": testing.partly("aws_vpc_security_group_egress_rule", {"ip_protocol": "tcp", "from_port": 1, "to_port": 1}, {"cidr_ipv4": true}),
		"unknown ports to a network": testing.partly("aws_vpc_security_group_egress_rule", {"cidr_ipv4": "10.0.0.0/8"}, {"to_port": true}),
		"unknown blocks for what comes in": testing.partly("aws_security_group", {}, {"ingress": true}),
	}
	open_egress.deny == set() with input as testing.plan([rc])
}

test_what_is_asked[note] if {
	some note, rc in {
		"all ports to an unknown network": testing.partly("aws_vpc_security_group_egress_rule", {"ip_protocol": "-1"}, {"cidr_ipv4": true}),
		"unknown ports to everywhere": testing.partly("aws_vpc_security_group_egress_rule", {"cidr_ipv4": "0.0.0.0/0"}, {"to_port": true}),
		"everything unknown": testing.partly("aws_vpc_security_group_egress_rule", {}, {"cidr_ipv4": true, "to_port": true}),
	}
	testing.brief(open_egress.deny) == {[address, "cidr_ipv4", 1]} with input as testing.plan([rc])
}

test_unknown_blocks_are_asked if {
	rc := testing.partly("aws_security_group", {}, {"egress": true})
	testing.brief(open_egress.deny) == {["aws_security_group.this", "egress", 1]} with input as testing.plan([rc])
}

test_every_address if {
	testing.addresses(open_egress.deny) == testing.kept_addresses("aws_vpc_security_group_egress_rule") with input as testing.kept(rule("egress", all))
}

test_what_is_gone_is_allowed if open_egress.deny == set() with input as testing.gone(rule("egress", all))
