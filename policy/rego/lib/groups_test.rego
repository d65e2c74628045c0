package infragate.lib.groups_test

import data.infragate.lib.groups
import data.infragate.lib.testing

newer(change) := testing.resource("aws_vpc_security_group_ingress_rule", object.union(
	{"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 1, "to_port": 2, "cidr_ipv4": "10.0.0.0/8"},
	change,
))

group(after) := testing.resource("aws_security_group", after)

linked := testing.configured([], {"resources": [
	{"address": "aws_security_group.this", "expressions": {"ingress": {"references": ["var.x"]}}},
	{"address": "aws_vpc_security_group_ingress_rule.this", "expressions": {"security_group_id": {"references": ["aws_security_group.this"]}}},
	{"address": "aws_security_group_rule.this", "expressions": {"security_group_id": {"references": ["data.aws_security_group.x"]}}},
	{"address": "aws_lb.this", "expressions": {"security_groups": {"references": ["aws_security_group.this", "local.groups"]}}},
	{"address": "aws_elb.this", "expressions": {"security_groups": {"references": ["data.aws_security_group.x", "aws_default_security_group.d"]}}},
]})

with_resources(resources) := object.union(linked, {"resource_changes": resources})

test_a_rule_of_the_newer_kind if {
	rc := newer({"cidr_ipv6": "::/0"})
	groups.rules == [{
		"rc": rc,
		"path": "cidr_ipv4",
		"direction": "ingress",
		"protocol": "tcp",
		"from": 1,
		"to": 2,
		"cidrs": {"10.0.0.0/8", "::/0"},
		"blank": set(),
		"nodes": {"|aws_security_group.this"},
		"ids": {"sg-1"},
	}] with input as with_resources([rc])
}

test_a_rule_of_the_newer_kind_for_what_leaves if {
	rc := object.union(newer({}), {"type": "aws_vpc_security_group_egress_rule"})
	[rule.direction | some rule in groups.rules] == ["egress"] with input as testing.plan([rc])
}

test_a_rule_of_the_older_kind if {
	rc := testing.resource("aws_security_group_rule", {
		"type": "egress",
		"security_group_id": "sg-1",
		"protocol": "udp",
		"from_port": 1,
		"to_port": 2,
		"cidr_blocks": ["10.0.0.0/8"],
		"ipv6_cidr_blocks": ["::/0"],
	})
	groups.rules == [{
		"rc": rc,
		"path": "cidr_blocks",
		"direction": "egress",
		"protocol": "udp",
		"from": 1,
		"to": 2,
		"cidrs": {"10.0.0.0/8", "::/0"},
		"blank": set(),
		"nodes": {"|data.aws_security_group.x"},
		"ids": {"sg-1"},
	}] with input as with_resources([rc])
}

test_a_block_of_a_group[type] if {
	some type in ["aws_security_group", "aws_default_security_group"]
	some direction in ["ingress", "egress"]
	block := {"protocol": "6", "from_port": 1, "to_port": 2, "cidr_blocks": ["10.0.0.0/8"], "ipv6_cidr_blocks": ["::/0"]}
	rc := testing.resource(type, {"id": "sg-1", direction: [block]})
	groups.rules == [{
		"rc": rc,
		"path": direction,
		"direction": direction,
		"protocol": "6",
		"from": 1,
		"to": 2,
		"cidrs": {"10.0.0.0/8", "::/0"},
		"blank": set(),
		"nodes": {concat("", ["|", type, ".this"])},
		"ids": {"sg-1"},
	}] with input as with_resources([rc])
}

test_both_directions_of_a_group if {
	rc := group({"ingress": [{}], "egress": [{}]})
	{rule.direction | some rule in groups.rules} == {"ingress", "egress"} with input as testing.plan([rc])
}

test_every_kind_is_a_rule if {
	older := testing.resource("aws_security_group_rule", {"type": "egress"})
	count(groups.rules) == 3 with input as testing.plan([newer({}), older, group({"ingress": [{}]})])
}

test_null_is_no_address_range[note] if {
	some note, rc in {
		"newer": newer({"cidr_ipv4": null}),
		"older": testing.resource("aws_security_group_rule", {"cidr_blocks": null, "ipv6_cidr_blocks": null}),
		"block": group({"ingress": [{"cidr_blocks": null}]}),
	}
	count(groups.rules) == 1 with input as testing.plan([rc])
	opens == [] with input as testing.plan([rc])
}

opens := [rule | some rule in groups.rules; groups.is_open(rule)]

test_what_is_blank[note] if {
	some note, case in {
		"cidr_ipv4": [testing.partly("aws_vpc_security_group_ingress_rule", {}, {"cidr_ipv4": true}), {"cidrs"}],
		"cidr_ipv6": [testing.partly("aws_vpc_security_group_ingress_rule", {}, {"cidr_ipv6": true}), {"cidrs"}],
		"from_port": [testing.partly("aws_vpc_security_group_ingress_rule", {}, {"from_port": true}), {"ports"}],
		"to_port": [testing.partly("aws_vpc_security_group_ingress_rule", {}, {"to_port": true}), {"ports"}],
		"ip_protocol": [testing.partly("aws_vpc_security_group_ingress_rule", {}, {"ip_protocol": true}), {"ports"}],
		"cidr_blocks": [testing.partly("aws_security_group_rule", {}, {"cidr_blocks": true}), {"cidrs"}],
		"one of cidr_blocks": [testing.partly("aws_security_group_rule", {}, {"cidr_blocks": [false, true]}), {"cidrs"}],
		"none of cidr_blocks": [testing.partly("aws_security_group_rule", {}, {"cidr_blocks": [false]}), set()],
		"ipv6_cidr_blocks": [testing.partly("aws_security_group_rule", {}, {"ipv6_cidr_blocks": true}), {"cidrs"}],
		"from_port of the older kind": [testing.partly("aws_security_group_rule", {}, {"from_port": true}), {"ports"}],
		"to_port of the older kind": [testing.partly("aws_security_group_rule", {}, {"to_port": true}), {"ports"}],
		"protocol": [testing.partly("aws_security_group_rule", {}, {"protocol": true}), {"ports"}],
		"the source of the older kind": [testing.partly("aws_security_group_rule", {}, {"source_security_group_id": true}), set()],
		"a block": [testing.partly("aws_security_group", {"ingress": [{}]}, {"ingress": [{"cidr_blocks": true, "to_port": true}]}), {"cidrs", "ports"}],
	}
	[rule.blank | some rule in groups.rules] == [case[1]] with input as testing.plan([case[0]])
}

test_a_group_with_unknown_blocks_is_blank if {
	rc := testing.partly("aws_security_group", {}, {"ingress": true, "egress": true})
	groups.blank_groups("ingress") == [rc] with input as with_resources([rc])
	groups.blank_groups("egress") == [] with input as with_resources([rc])
}

test_a_default_group_with_unknown_blocks_is_blank if {
	rc := testing.partly("aws_default_security_group", {}, {"ingress": true})
	groups.blank_groups("ingress") == [rc] with input as testing.plan([rc])
}

test_a_group_with_known_blocks_is_not_blank if {
	groups.blank_groups("ingress") == [] with input as testing.plan([group({"ingress": []})])
}

test_everybody[cidr] if {
	some cidr in ["0.0.0.0/0", "128.0.0.0/1", "8.0.0.0/7", "::/0", "2000::/3", "2001::/15", "2A00::/9"]
	groups.is_world(cidr)
	groups.is_open({"cidrs": {cidr}})
}

test_not_everybody[cidr] if {
	some cidr in ["10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/28", "2001:db8::/16", "2001:db8::/32", "x/0", "0.0.0.0/0x", "fe80::/64", "x::/0", "x0.0.0.0/0"]
	not groups.is_world(cidr)
	not groups.is_open({"cidrs": {cidr}})
}

test_all_ports[note] if {
	some note, rule in {
		"protocol -1": {"protocol": "-1", "from": 0, "to": 0},
		"protocol all": {"protocol": "all", "from": null, "to": null},
		"the whole range": {"protocol": "tcp", "from": 0, "to": 65535},
		"nearly the whole range": {"protocol": "tcp", "from": 500, "to": 65500},
	}
	groups.covers_all_ports(rule)
}

test_some_ports[note] if {
	some note, rule in {
		"one": {"protocol": "tcp", "from": 443, "to": 443},
		"unknown": {"protocol": "tcp", "from": null, "to": null},
		"many": {"protocol": "tcp", "from": 501, "to": 65500},
		"a high one": {"protocol": "tcp", "from": 65500, "to": 65500},
	}
	not groups.covers_all_ports(rule)
}

of(ids, nodes) := {"ids": ids, "nodes": nodes}

lb := testing.resource("aws_lb", {"security_groups": ["sg-1"]})

test_the_group_of_a_balancer_by_its_id if {
	groups.is_group_of(of({"sg-1"}, set()), groups.balancers) with input as testing.plan([lb])
	not groups.is_ambiguous(of({"sg-1"}, set()), groups.balancers) with input as testing.plan([lb])
}

test_a_balancer_of_every_kind[note] if {
	some note, case in {
		"aws_lb": [groups.balancers, "security_groups"],
		"aws_alb": [groups.balancers, "security_groups"],
		"aws_elb": [groups.balancers, "security_groups"],
		"aws_db_instance": [groups.databases, "vpc_security_group_ids"],
		"aws_rds_cluster": [groups.databases, "vpc_security_group_ids"],
		"aws_docdb_cluster": [groups.databases, "vpc_security_group_ids"],
		"aws_neptune_cluster": [groups.databases, "vpc_security_group_ids"],
		"aws_elasticache_cluster": [groups.databases, "security_group_ids"],
		"aws_elasticache_replication_group": [groups.databases, "security_group_ids"],
		"aws_dax_cluster": [groups.databases, "security_group_ids"],
		"aws_docdbelastic_cluster": [groups.databases, "vpc_security_group_ids"],
		"aws_elasticache_serverless_cache": [groups.databases, "security_group_ids"],
		"aws_memorydb_cluster": [groups.databases, "security_group_ids"],
		"aws_redshift_cluster": [groups.databases, "vpc_security_group_ids"],
		"aws_redshiftserverless_workgroup": [groups.databases, "security_group_ids"],
		"aws_timestreaminfluxdb_db_instance": [groups.databases, "vpc_security_group_ids"],
	}
	groups.is_group_of(of({"sg-1"}, set()), case[0]) with input as testing.plan([testing.resource(note, {case[1]: ["sg-1"]})])
}

test_not_the_group_of_a_balancer[note] if {
	some note, case in {
		"another id": [of({"sg-2"}, set()), lb],
		"no id": [of({null}, set()), testing.resource("aws_lb", {"security_groups": [null]})],
		"no groups": [of({"sg-1"}, set()), testing.resource("aws_lb", {"security_groups": null})],
		"of an instance": [of({"sg-1"}, set()), testing.resource("aws_instance", {"vpc_security_group_ids": ["sg-1"], "security_groups": ["sg-1"]})],
		"another node": [of(set(), {"|aws_security_group.other"}), lb],
		"no group": [of(set(), {"|local.groups"}), lb],
	}
	not groups.is_group_of(case[0], groups.balancers) with input as with_resources([case[1]])
}

test_the_group_of_a_balancer_by_reference[node] if {
	some node in ["|aws_security_group.this", "|data.aws_security_group.x", "|aws_default_security_group.d"]
	resources := [testing.resource("aws_lb", {}), testing.resource("aws_elb", {})]
	groups.is_group_of(of(set(), {node}), groups.balancers) with input as with_resources(resources)
	not groups.is_ambiguous(of(set(), {node}), groups.balancers) with input as with_resources(resources)
}

test_one_of_several_groups_is_ambiguous[type] if {
	some type, node in {"aws_security_group": "|aws_security_group.this", "aws_default_security_group": "|aws_default_security_group.d"}
	name := {"aws_security_group": "this", "aws_default_security_group": "d"}[type]
	rc := testing.named(testing.resource(type, {}), name)
	resources := [testing.resource("aws_lb", {}), testing.resource("aws_elb", {}), rc, object.union(rc, {"address": "other[1]"})]
	groups.is_ambiguous(of(set(), {node}), groups.balancers) with input as with_resources(resources)
}

test_one_group_is_not_ambiguous if {
	resources := [testing.resource("aws_lb", {}), group({}), testing.named(group({}), "other")]
	not groups.is_ambiguous(of(set(), {"|aws_security_group.this"}), groups.balancers) with input as with_resources(resources)
}

test_several_groups_that_no_balancer_has_are_not_ambiguous if {
	rc := testing.named(group({}), "other")
	resources := [testing.resource("aws_lb", {}), rc, object.union(rc, {"address": "other[1]"})]
	not groups.is_ambiguous(of(set(), {"|aws_security_group.other"}), groups.balancers) with input as with_resources(resources)
}

# What a list holds counts like the rule's own addresses, in each form of a rule.
test_the_ranges_of_prefix_lists[note] if {
	some note, rc in {
		"newer": newer({"cidr_ipv4": null, "prefix_list_id": "pl-1"}),
		"older": testing.resource("aws_security_group_rule", {"prefix_list_ids": ["pl-1"]}),
		"block": group({"ingress": [{"prefix_list_ids": ["pl-1"]}]}),
	}
	list := testing.resource("aws_ec2_managed_prefix_list", {"id": "pl-1", "entry": [{"cidr": "0.0.0.0/1"}, {"cidr": "128.0.0.0/1"}]})
	[rule] := groups.rules with input as testing.plan([rc, list])
	groups.is_open(rule)
	rule.blank == set()
	{cidr | some cidr in rule.cidrs; is_string(cidr)} == {"0.0.0.0/1", "128.0.0.0/1"}
}

test_prefix_lists_by_reference[note] if {
	some note, rc in {
		"newer": testing.partly("aws_vpc_security_group_ingress_rule", {}, {"prefix_list_id": true}),
		"older": testing.partly("aws_security_group_rule", {"type": "ingress"}, {"prefix_list_ids": true}),
		"block": testing.partly("aws_security_group", {"ingress": [{"prefix_list_ids": [null]}]}, {"ingress": [{"prefix_list_ids": [true]}]}),
	}
	list := testing.resource("aws_ec2_managed_prefix_list", {"entry": [{"cidr": "0.0.0.0/0"}]})
	reference := {"references": ["aws_ec2_managed_prefix_list.this"]}
	[rule] := groups.rules with input as testing.configured([rc, list], {"resources": [
		{"address": "aws_vpc_security_group_ingress_rule.this", "expressions": {"prefix_list_id": reference}},
		{"address": "aws_security_group_rule.this", "expressions": {"prefix_list_ids": reference}},
		{"address": "aws_security_group.this", "expressions": {"ingress": [{"cidr_blocks": {"references": ["local.x"]}}, {"prefix_list_ids": reference}]}},
	]})
	{cidr | some cidr in rule.cidrs; is_string(cidr)} == {"0.0.0.0/0"}
	rule.blank == set()
}

test_a_prefix_list_that_is_not_in_the_plan_is_blank[note] if {
	some note, rc in {
		"newer": newer({"cidr_ipv4": null, "prefix_list_id": "pl-1"}),
		"older": testing.resource("aws_security_group_rule", {"prefix_list_ids": ["pl-1"]}),
		"block": group({"ingress": [{"prefix_list_ids": ["pl-1"]}]}),
	}
	[rule.blank | some rule in groups.rules] == [{"cidrs"}] with input as testing.plan([rc])
}

test_the_path_of_a_rule_with_a_prefix_list if {
	[rule.path | some rule in groups.rules] == ["prefix_list_id"] with input as testing.plan([newer({"cidr_ipv4": null, "prefix_list_id": "pl-1"})])
}
