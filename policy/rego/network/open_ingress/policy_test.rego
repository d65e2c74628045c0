package infragate.network.open_ingress_test

import data.infragate.lib.testing
import data.infragate.network.open_ingress

rule(direction, change) := testing.resource(sprintf("aws_vpc_security_group_%s_rule", [direction]), object.union(
	{"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"},
	change,
))

address := "aws_vpc_security_group_ingress_rule.this"

lb := testing.resource("aws_lb", {"security_groups": ["sg-1"]})

test_a_port_for_everybody_is_refused if {
	open_ingress.deny == {{
		"id": "IG-NET-01",
		"severity": "HIGH",
		"address": address,
		"path": "cidr_ipv4",
		"msg": "It lets the whole internet in. Only ports 80 and 443 of a load balancer's group may be open to everybody.",
	}} with input as testing.plan([rule("ingress", {})])
}

test_ipv6_for_everybody_is_refused if {
	rc := rule("ingress", {"cidr_ipv4": null, "cidr_ipv6": "::/0"})
	testing.brief(open_ingress.deny) == {[address, "cidr_ipv4", 0]} with input as testing.plan([rc])
}

test_a_block_for_everybody_is_refused if {
	rc := testing.resource("aws_security_group", {"ingress": [{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}]})
	testing.brief(open_ingress.deny) == {["aws_security_group.this", "ingress", 0]} with input as testing.plan([rc])
}

test_a_rule_of_the_older_kind_for_everybody_is_refused if {
	rc := testing.resource("aws_security_group_rule", {"type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]})
	testing.brief(open_ingress.deny) == {["aws_security_group_rule.this", "cidr_blocks", 0]} with input as testing.plan([rc])
}

test_the_web_ports_of_a_load_balancer_are_allowed[note] if {
	some note, change in {
		"443": {},
		"80": {"from_port": 80, "to_port": 80},
		"by number": {"ip_protocol": "6"},
	}
	open_ingress.deny == set() with input as testing.plan([lb, rule("ingress", change)])
}

test_other_ports_of_a_load_balancer_are_refused[note] if {
	some note, change in {
		"22": {"from_port": 22, "to_port": 22},
		"80 to 443": {"from_port": 80},
		"8443": {"from_port": 8443, "to_port": 8443},
		"81": {"from_port": 81, "to_port": 81},
		"udp": {"ip_protocol": "udp"},
		"unknown": {"from_port": null},
	}
	testing.brief(open_ingress.deny) == {[address, "cidr_ipv4", 0]} with input as testing.plan([lb, rule("ingress", change)])
}

test_a_known_network_is_allowed if open_ingress.deny == set() with input as testing.plan([rule("ingress", {"cidr_ipv4": "10.0.0.0/8"})])

listed(entries) := [
	rule("ingress", {"cidr_ipv4": null, "prefix_list_id": "pl-1"}),
	testing.resource("aws_ec2_managed_prefix_list", {"id": "pl-1", "entry": entries}),
]

test_a_prefix_list_of_everybody_is_refused[note] if {
	some note, entries in {
		"IPv4": [{"cidr": "10.0.0.0/8"}, {"cidr": "0.0.0.0/0"}],
		"IPv6": [{"cidr": "::/0"}],
		"halves": [{"cidr": "0.0.0.0/1"}, {"cidr": "128.0.0.0/1"}],
	}
	testing.brief(open_ingress.deny) == {[address, "prefix_list_id", 0]} with input as testing.plan(listed(entries))
}

test_a_prefix_list_of_known_networks_is_allowed if {
	open_ingress.deny == set() with input as testing.plan(listed([{"cidr": "10.0.0.0/8"}]))
}

test_a_prefix_list_that_is_not_in_the_plan_is_asked if {
	rc := rule("ingress", {"cidr_ipv4": null, "prefix_list_id": "pl-1"})
	testing.brief(open_ingress.deny) == {[address, "prefix_list_id", 1]} with input as testing.plan([rc])
}

test_a_prefix_list_that_was_looked_up_is_allowed if {
	rc := rule("ingress", {"cidr_ipv4": null, "prefix_list_id": "pl-1"})
	source := {"type": "aws_ec2_managed_prefix_list", "values": {"id": "pl-1", "entries": [{"cidr": "1.2.3.0/24"}]}}
	plan := object.union(testing.plan([rc]), {"prior_state": {"values": {"root_module": {"resources": [source]}}}})
	open_ingress.deny == set() with input as plan
}

test_what_leaves_is_allowed if open_ingress.deny == set() with input as testing.plan([rule("egress", {})])

test_an_unknown_network_is_asked if {
	rc := testing.partly("aws_vpc_security_group_ingress_rule", {}, {"cidr_ipv4": true})
	testing.brief(open_ingress.deny) == {[address, "cidr_ipv4", 1]} with input as testing.plan([rc])
}

test_an_unknown_network_of_what_leaves_is_allowed if {
	rc := testing.partly("aws_vpc_security_group_egress_rule", {}, {"cidr_ipv4": true})
	open_ingress.deny == set() with input as testing.plan([rc])
}

test_unknown_ports_are_no_matter_here if {
	rc := testing.partly("aws_vpc_security_group_ingress_rule", {}, {"from_port": true})
	open_ingress.deny == set() with input as testing.plan([rc])
}

test_unknown_blocks_are_asked if {
	rc := testing.partly("aws_security_group", {}, {"ingress": true})
	testing.brief(open_ingress.deny) == {["aws_security_group.this", "ingress", 1]} with input as testing.plan([rc])
}

linked(groups) := testing.configured(
	array.concat(groups, [testing.resource("aws_lb", {}), rule("ingress", {"security_group_id": null})]),
	{"resources": [
		{"address": "aws_lb.this", "expressions": {"security_groups": {"references": ["aws_security_group.this"]}}},
		{"address": "aws_vpc_security_group_ingress_rule.this", "expressions": {"security_group_id": {"references": ["aws_security_group.this"]}}},
	]},
)

test_the_group_of_a_load_balancer_by_reference_is_allowed if {
	open_ingress.deny == set() with input as linked([testing.resource("aws_security_group", {})])
}

test_one_of_several_groups_is_asked if {
	groups := [testing.named(testing.resource("aws_security_group", {}), "this"), testing.within(testing.resource("aws_security_group", {}), "")]
	testing.brief(open_ingress.deny) == {[address, "cidr_ipv4", 1]} with input as linked(groups)
}

test_another_port_of_one_of_several_groups_is_refused if {
	groups := [testing.named(testing.resource("aws_security_group", {}), "this"), testing.within(testing.resource("aws_security_group", {}), "")]
	plan := linked(groups)
	changes := [testing.changed(rc, {"after": object.union(rc.change.after, {"from_port": 22})}) | some rc in plan.resource_changes]
	testing.brief(open_ingress.deny) == {[address, "cidr_ipv4", 0]} with input as object.union(plan, {"resource_changes": changes})
}

test_every_address if {
	testing.addresses(open_ingress.deny) == testing.kept_addresses("aws_vpc_security_group_ingress_rule") with input as testing.kept(rule("ingress", {}))
}

test_what_is_gone_is_allowed if open_ingress.deny == set() with input as testing.gone(rule("ingress", {}))
