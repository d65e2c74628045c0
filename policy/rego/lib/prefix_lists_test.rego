package infragate.lib.prefix_lists_test

import data.infragate.lib.prefix_lists
import data.infragate.lib.testing

ingress := "aws_vpc_security_group_ingress_rule"

path := ["prefix_list_id"]

by_id := testing.resource(ingress, {"prefix_list_id": "pl-1"})

by_reference := testing.partly(ingress, {}, {"prefix_list_id": true})

reference := {"references": ["aws_ec2_managed_prefix_list.this.id", "aws_ec2_managed_prefix_list.this"]}

list(after) := testing.resource("aws_ec2_managed_prefix_list", after)

entry(after) := testing.resource("aws_ec2_managed_prefix_list_entry", after)

# A plan with what data sources have looked up, in a module.
looked_up(resources, sources) := object.union(testing.plan(resources), {"prior_state": {"values": {"root_module": {"child_modules": [{"resources": sources}]}}}})

linked(resources) := testing.configured(resources, {"resources": [
	{"address": "aws_ec2_managed_prefix_list.this", "expressions": {"entry": {"references": ["var.entries"]}}},
	{"address": "aws_ec2_managed_prefix_list_entry.this", "expressions": {"prefix_list_id": reference}},
]})

test_an_argument_that_names_a_list[note] if {
	some note, rc in {
		"an id": by_id,
		"a list of ids": testing.resource(ingress, {"prefix_list_id": ["pl-1"]}),
		"an unknown id": by_reference,
		"an unknown element": testing.partly(ingress, {"prefix_list_id": [null]}, {"prefix_list_id": [true]}),
	}
	prefix_lists.is_given(rc, path)
}

test_an_argument_that_names_no_list[note] if {
	some note, after in {"null": {"prefix_list_id": null}, "absent": {}, "no ids": {"prefix_list_id": []}}
	not prefix_lists.is_given(testing.resource(ingress, after), path)
}

test_the_ranges_of_a_list_by_its_id if {
	resources := [list({"id": "pl-1", "entry": [{"cidr": "10.0.0.0/8"}, {"cidr": "::/0"}]}), list({"id": "pl-2", "entry": [{"cidr": "0.0.0.0/0"}]})]
	prefix_lists.cidrs(by_id, path, {}) == {"10.0.0.0/8", "::/0"} with input as testing.plan(resources)
	not prefix_lists.is_blank(by_id, path, {}) with input as testing.plan(resources)
}

test_the_ranges_of_a_list_by_reference if {
	resources := [list({"entry": [{"cidr": "0.0.0.0/0"}]}), testing.named(list({"entry": [{"cidr": "10.0.0.0/8"}]}), "other")]
	prefix_lists.cidrs(by_reference, path, reference) == {"0.0.0.0/0"} with input as testing.plan(resources)
	not prefix_lists.is_blank(by_reference, path, reference) with input as testing.plan(resources)
}

# Several instances of a list have one node: an id says which of them it is.
test_an_id_is_more_exact_than_a_reference if {
	resources := [list({"id": "pl-1", "entry": []}), list({"id": "pl-2", "entry": [{"cidr": "0.0.0.0/0"}]})]
	prefix_lists.cidrs(by_id, path, reference) == set() with input as testing.plan(resources)
}

test_every_list_of_an_argument if {
	rc := testing.resource(ingress, {"prefix_list_id": ["pl-1", "pl-2"]})
	resources := [list({"id": "pl-1", "entry": [{"cidr": "10.0.0.0/8"}]}), list({"id": "pl-2", "entry": [{"cidr": "0.0.0.0/0"}]})]
	prefix_lists.cidrs(rc, path, {}) == {"10.0.0.0/8", "0.0.0.0/0"} with input as testing.plan(resources)
}

test_an_entry_of_its_own_by_id if {
	resources := [list({"id": "pl-1", "entry": null}), entry({"prefix_list_id": "pl-1", "cidr": "0.0.0.0/0"})]
	prefix_lists.cidrs(by_id, path, {}) == {"0.0.0.0/0"} with input as testing.plan(resources)
	not prefix_lists.is_blank(by_id, path, {}) with input as testing.plan(resources)
}

test_an_entry_of_its_own_by_reference if {
	resources := [list({"entry": []}), entry({"cidr": "0.0.0.0/0"})]
	prefix_lists.cidrs(by_reference, path, reference) == {"0.0.0.0/0"} with input as linked(resources)
	not prefix_lists.is_blank(by_reference, path, reference) with input as linked(resources)
}

# The list is elsewhere: what else it holds is not in the plan.
test_an_entry_of_a_list_that_is_elsewhere if {
	resources := [entry({"prefix_list_id": "pl-1", "cidr": "0.0.0.0/0"})]
	prefix_lists.cidrs(by_id, path, {}) == {"0.0.0.0/0"} with input as testing.plan(resources)
	prefix_lists.is_blank(by_id, path, {}) with input as testing.plan(resources)
}

test_an_entry_by_reference_is_no_list if {
	resources := [entry({"cidr": "10.0.0.0/8"})]
	prefix_lists.is_blank(by_reference, path, reference) with input as linked(resources)
}

test_two_without_an_id_do_not_belong_together if {
	rc := testing.resource(ingress, {"prefix_list_id": [null]})
	prefix_lists.cidrs(rc, path, {}) == set() with input as testing.plan([list({"entry": [{"cidr": "0.0.0.0/0"}]})])
}

test_the_ranges_of_a_list_that_was_looked_up[type] if {
	some type, values in {
		"aws_prefix_list": {"cidr_blocks": ["1.2.3.0/24"]},
		"aws_ec2_managed_prefix_list": {"entries": [{"cidr": "1.2.3.0/24"}]},
	}
	plan := looked_up([], [{"type": type, "mode": "data", "values": object.union(values, {"id": "pl-1"})}])
	prefix_lists.cidrs(by_id, path, {}) == {"1.2.3.0/24"} with input as plan
	not prefix_lists.is_blank(by_id, path, {}) with input as plan
}

test_a_list_without_its_ranges_was_not_looked_up[note] if {
	some note, source in {
		"no ranges": {"type": "aws_prefix_list", "values": {"id": "pl-1", "cidr_blocks": null}},
		"no entries": {"type": "aws_ec2_managed_prefix_list", "values": {"id": "pl-1", "entries": null}},
		"ranges of another type": {"type": "aws_vpc", "values": {"id": "pl-1", "cidr_blocks": [], "entries": []}},
	}
	prefix_lists.is_blank(by_id, path, {}) with input as looked_up([], [source])
}

test_only_what_was_looked_up_before_the_plan_counts if {
	source := {"type": "aws_prefix_list", "values": {"id": "pl-1", "cidr_blocks": []}}
	prefix_lists.is_blank(by_id, path, {}) with input as {"prior_state": {"values": {"outputs": {"resources": [source]}}}}
}

test_a_list_that_is_not_in_the_plan_is_blank[note] if {
	some note, resources in {"no list": [], "another list": [list({"id": "pl-2", "entry": []})]}
	prefix_lists.is_blank(by_id, path, {}) with input as testing.plan(resources)
}

test_one_of_several_lists_that_is_not_in_the_plan_is_blank if {
	rc := testing.resource(ingress, {"prefix_list_id": ["pl-1", "pl-2"]})
	prefix_lists.is_blank(rc, path, {}) with input as testing.plan([list({"id": "pl-1", "entry": []})])
}

test_an_unknown_list_is_blank[note] if {
	some note, expression in {
		"no configuration": {},
		"a local": {"references": ["local.list"]},
		"a list and a local": [reference, {"references": ["local.list"]}],
		"a variable": {"references": ["var.list"]},
		"another list": {"references": ["data.aws_ec2_managed_prefix_list.this.id", "data.aws_ec2_managed_prefix_list.this"]},
	}
	prefix_lists.is_blank(by_reference, path, expression) with input as testing.plan([list({"entry": []})])
}

test_a_list_by_a_key_is_not_blank[name] if {
	some name in ["each.key", "count.index"]
	expression := {"references": ["aws_ec2_managed_prefix_list.this", name]}
	not prefix_lists.is_blank(by_reference, path, expression) with input as testing.plan([list({"entry": []})])
}

test_a_list_through_a_module_is_not_blank if {
	rc := testing.within(by_reference, "module.m")
	root := {"module_calls": {
		"m": {
			"expressions": {"list": {"references": ["module.lists.id", "module.lists"]}},
			"module": {"resources": [{"address": concat(".", [ingress, "this"]), "expressions": {"prefix_list_id": {"references": ["var.list"]}}}]},
		},
		"lists": {"module": {"outputs": {"id": {"expression": reference}}}},
	}}
	resources := [testing.within(list({"entry": [{"cidr": "0.0.0.0/0"}]}), "module.lists")]
	prefix_lists.cidrs(rc, path, {"references": ["var.list"]}) == {"0.0.0.0/0"} with input as testing.configured(resources, root)
	not prefix_lists.is_blank(rc, path, {"references": ["var.list"]}) with input as testing.configured(resources, root)
}

test_no_list_is_not_blank if {
	not prefix_lists.is_blank(testing.resource(ingress, {"prefix_list_id": null}), path, {}) with input as testing.plan([])
}

test_a_list_with_an_unknown_entry_is_blank[note] if {
	some note, resources in {
		"all entries": [testing.partly("aws_ec2_managed_prefix_list", {"id": "pl-1"}, {"entry": true})],
		"one entry": [testing.partly("aws_ec2_managed_prefix_list", {"id": "pl-1", "entry": [{}, {}]}, {"entry": [{"cidr": false}, true]})],
		"the range of one": [testing.partly("aws_ec2_managed_prefix_list", {"id": "pl-1", "entry": [{}]}, {"entry": [{"cidr": true}]})],
		"an entry of its own": [list({"id": "pl-1"}), testing.partly("aws_ec2_managed_prefix_list_entry", {"prefix_list_id": "pl-1"}, {"cidr": true})],
	}
	prefix_lists.is_blank(by_id, path, {}) with input as linked(resources)
}

test_a_list_of_which_something_else_is_unknown_is_not_blank if {
	rc := testing.partly("aws_ec2_managed_prefix_list", {"id": "pl-1", "entry": [{"cidr": "10.0.0.0/8"}]}, {"arn": true, "entry": [{"description": true}]})
	not prefix_lists.is_blank(by_id, path, {}) with input as linked([rc])
}
