package infragate.network.all_ports_test

import data.infragate.lib.testing
import data.infragate.network.all_ports

rule(direction, change) := testing.resource(sprintf("aws_vpc_security_group_%s_rule", [direction]), object.union(
	{"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"},
	change,
))

all := {"ip_protocol": "-1", "from_port": null, "to_port": null}

test_all_ports_are_refused if {
	all_ports.deny == {{
		"id": "IG-NET-02",
		"severity": "HIGH",
		"address": "aws_vpc_security_group_ingress_rule.this",
		"path": "cidr_ipv4",
		"msg": "It lets traffic in on all ports.",
	}} with input as testing.plan([rule("ingress", object.union(all, {"cidr_ipv4": "10.0.0.0/8"}))])
}

test_one_port_is_allowed if all_ports.deny == set() with input as testing.plan([rule("ingress", {})])

test_what_leaves_is_allowed if all_ports.deny == set() with input as testing.plan([rule("egress", all)])

test_a_block_is_refused if {
	rc := testing.resource("aws_security_group", {"ingress": [{"protocol": "tcp", "from_port": 0, "to_port": 65535, "self": true}]})
	testing.brief(all_ports.deny) == {["aws_security_group.this", "ingress", 0]} with input as testing.plan([rc])
}

test_unknown_ports_are_asked if {
	rc := testing.partly("aws_vpc_security_group_ingress_rule", {}, {"to_port": true})
	testing.brief(all_ports.deny) == {["aws_vpc_security_group_ingress_rule.this", "cidr_ipv4", 1]} with input as testing.plan([rc])
}

test_unknown_ports_of_what_leaves_are_allowed if {
	rc := testing.partly("aws_vpc_security_group_egress_rule", {}, {"to_port": true})
	all_ports.deny == set() with input as testing.plan([rc])
}

test_unknown_networks_are_no_matter_here if {
	rc := testing.partly("aws_vpc_security_group_ingress_rule", {}, {"cidr_ipv4": true})
	all_ports.deny == set() with input as testing.plan([rc])
}

test_every_address if {
	testing.addresses(all_ports.deny) == testing.kept_addresses("aws_vpc_security_group_ingress_rule") with input as testing.kept(rule("ingress", all))
}

test_what_is_gone_is_allowed if all_ports.deny == set() with input as testing.gone(rule("ingress", all))
