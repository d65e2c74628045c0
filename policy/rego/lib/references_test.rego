package infragate.lib.references_test

import data.infragate.lib.references
import data.infragate.lib.testing

# The root calls two modules; the balancer's is inside another one.
root := {
	"resources": [
		{
			"address": "aws_lb.direct",
			"expressions": {"security_groups": {"references": ["aws_security_group.this[0].id", "aws_security_group.this[0]", "aws_security_group.this"]}},
		},
		{
			"address": "aws_lb.looped",
			"expressions": {"security_groups": {"references": ["each.value"]}},
			"for_each_expression": {"references": ["module.sg.id", "module.sg"]},
		},
		{
			"address": "aws_lb.straight",
			"expressions": {"security_groups": {"references": ["aws_security_group.this"]}},
			"for_each_expression": {"references": ["module.sg.id"]},
		},
		{
			"address": "aws_lb.nested",
			"expressions": {"subnet_mapping": [{"subnet_id": {"references": ["data.aws_subnet.a.id", "data.aws_subnet.a"]}}]},
		},
		{"address": "aws_lb.any", "expressions": {"security_groups": {"references": ["module.sg", "each.key"]}}},
		{
			"address": "aws_lb.field",
			"expressions": {"security_groups": {"references": ["module.sg.label.text", "module.sg.label", "module.sg"]}},
		},
		{"address": "data.aws_vpc.x", "mode": "data"},
	],
	"variables": {"v": {"module": {"resources": [{"address": "no.resource"}]}}},
	"module_calls": {
		"sg": {
			"expressions": {"name": {"references": ["var.name"]}},
			"module": {
				"resources": [{"address": "aws_security_group.this", "expressions": {"name": {"references": ["var.name"]}}}],
				"outputs": {
					"id": {"expression": {"references": ["aws_security_group.this.id", "aws_security_group.this"]}},
					"label": {"expression": {"references": ["local.label"]}},
				},
			},
		},
		"web": {
			"for_each_expression": {"references": ["local.webs"]},
			"expressions": {"group": {"references": ["module.sg[\"a.b]\"].id", "module.sg[\"a.b]\"]", "module.sg"]}, "keyed": {"references": ["each.key"]}},
			"module": {"module_calls": {"alb": {
				"expressions": {"groups": {"references": ["var.group"]}},
				"module": {
					"resources": [{
						"address": "aws_lb.this",
						"expressions": {"security_groups": {"references": ["var.groups"]}, "module": {"constant_value": {"a": {"module_calls": {}}}}},
					}],
					"outputs": {"arn": {"expression": {"references": ["aws_lb.this.arn", "aws_lb.this"]}}},
				},
			}}},
		},
	},
}

plan := testing.configured([], root)

lb(name) := testing.named(testing.resource("aws_lb", {}), name)

test_the_modules_are_found_at_every_depth if {
	object.keys(references.modules) == {"", "module.sg", "module.web", "module.web.module.alb"} with input as plan
}

test_every_resource_of_the_code_is_found if {
	{node.address | some node in references.all} == {
		"aws_lb.direct",
		"aws_lb.looped",
		"aws_lb.straight",
		"aws_lb.nested",
		"aws_lb.any",
		"aws_lb.field",
		"data.aws_vpc.x",
		"module.sg.aws_security_group.this",
		"module.web.module.alb.aws_lb.this",
	} with input as plan
	{node.resource.address | some node in references.all} & {"data.aws_vpc.x", "aws_lb.this"} == {"data.aws_vpc.x", "aws_lb.this"} with input as plan
}

test_every_module_call_is_found if {
	{entry.address | some entry in references.calls} == {"module.sg", "module.web", "module.web.module.alb"} with input as plan
	{entry.call | some entry in references.calls}[root.module_calls.sg] with input as plan
}

test_the_call_of_the_module_of_a_resource if {
	rc := testing.within(lb("this"), "module.web[0].module.alb[\"x\"]")
	references.call_of(rc) == root.module_calls.web.module.module_calls.alb with input as plan
}

test_a_resource_of_the_root_has_no_call if not references.call_of(lb("direct")) with input as plan

test_a_node_has_no_keys if {
	rc := testing.within(lb("this"), "module.web[\"a]\\\".b\"].module.alb[12]")
	references.node_of(rc) == "module.web.module.alb|aws_lb.this"
}

test_a_node_of_the_root if references.node_of(lb("direct")) == "|aws_lb.direct"

test_a_reference_in_the_same_module if {
	references.links(lb("direct"), "security_groups") == {"|aws_security_group.this"} with input as plan
}

test_a_reference_through_modules if {
	rc := testing.within(lb("this"), "module.web[\"a\"].module.alb")
	references.links(rc, "security_groups") == {
		"module.web.module.alb|var.groups",
		"module.web|var.group",
		"|module.sg.id",
		"module.sg|aws_security_group.this",
	} with input as plan
}

test_each_is_what_the_loop_goes_over if {
	references.links(lb("looped"), "security_groups") == {
		"|each.value",
		"|module.sg.id",
		"module.sg|aws_security_group.this",
	} with input as plan
}

test_the_loop_is_nothing_to_an_argument_without_each if {
	references.links(lb("straight"), "security_groups") == {"|aws_security_group.this"} with input as plan
}

test_a_reference_in_a_block_and_to_data if {
	references.links(lb("nested"), "subnet_mapping") == {"|data.aws_subnet.a"} with input as plan
}

test_a_module_with_a_key_is_all_its_outputs if {
	references.links(lb("any"), "security_groups") == {
		"|each.key",
		"|module.sg",
		"module.sg|aws_security_group.this",
		"module.sg|local.label",
	} with input as plan
}

test_a_field_of_an_output_is_the_output if {
	references.links(lb("field"), "security_groups") == {"|module.sg.label", "module.sg|local.label"} with input as plan
}

test_the_loop_of_a_module_call_counts if {
	root_with_loop := {
		"module_calls": {"a": {
			"for_each_expression": {"references": ["aws_lb.x"]},
			"expressions": {"lb": {"references": ["each.value"]}},
			"module": {"resources": [{"address": "t.this", "expressions": {"lb": {"references": ["var.lb"]}}}]},
		}},
	}
	rc := testing.within(testing.resource("t", {}), "module.a")
	references.links(rc, "lb") == {"module.a|var.lb", "|each.value", "|aws_lb.x"} with input as testing.configured([], root_with_loop)
}

test_an_argument_that_is_not_there_refers_to_nothing if {
	references.links(lb("direct"), "subnets") == set() with input as plan
}

test_a_resource_that_is_not_there_refers_to_nothing if {
	references.links(lb("gone"), "subnets") == set() with input as plan
}

test_a_reference_to_a_type if {
	references.refers_to(lb("direct"), "security_groups", {"aws_security_group"}) with input as plan
	not references.refers_to(lb("direct"), "security_groups", {"aws_kms_key"}) with input as plan
}

test_a_reference_to_a_type_that_is_looked_up if {
	references.refers_to(lb("nested"), "subnet_mapping", {"aws_subnet"}) with input as plan
}
