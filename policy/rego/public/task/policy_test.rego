package infragate.public.task_test

import data.infragate.lib.testing
import data.infragate.public.task

network(value) := [{"assign_public_ip": value}]

# Type -> the name of the argument, and where it is in that type.
given(value) := {
	"aws_cloudwatch_event_target": ["assign_public_ip", {"ecs_target": [{"network_configuration": network(value)}]}],
	"aws_ecs_service": ["assign_public_ip", {"network_configuration": network(value)}],
	"aws_ecs_task_set": ["assign_public_ip", {"network_configuration": network(value)}],
	"aws_instance": ["associate_public_ip_address", {"associate_public_ip_address": value}],
	"aws_launch_template": ["associate_public_ip_address", {"network_interfaces": [{"associate_public_ip_address": value}]}],
	"aws_scheduler_schedule": ["assign_public_ip", {"target": [{"ecs_parameters": [{"network_configuration": network(value)}]}]}],
}

service(value) := testing.resource("aws_ecs_service", {"network_configuration": network(value)})

test_the_complaint if {
	task.deny == {{
		"id": "IG-PUB-06",
		"severity": "HIGH",
		"address": "aws_ecs_service.this",
		"path": "assign_public_ip",
		"msg": "It gets a public address.",
	}} with input as testing.plan([service(true)])
}

test_a_public_address_is_refused[[type, value]] if {
	some value in [true, "true"]
	some type, [name, after] in given(value)
	testing.brief(task.deny) == {[sprintf("%s.this", [type]), name, 0]} with input as testing.plan([testing.resource(type, after)])
}

test_no_public_address_is_allowed[note] if {
	some note, value in {"false": false, "null": null, "text": "false"}
	task.deny == set() with input as testing.plan([service(value), testing.resource("aws_ecs_service", {})])
}

test_unknown_is_asked[type] if {
	some type, [name, unknown] in given(true)
	testing.brief(task.deny) == {[sprintf("%s.this", [type]), name, 1]} with input as testing.plan([testing.partly(type, {}, unknown)])
}

test_an_unknown_network_is_asked if {
	rc := testing.partly("aws_ecs_service", {}, {"network_configuration": true})
	testing.brief(task.deny) == {["aws_ecs_service.this", "network_configuration", 1]} with input as testing.plan([rc])
}

test_known_is_not_asked if {
	task.deny == set() with input as testing.plan([testing.partly("aws_ecs_service", {}, {"network_configuration": [{"assign_public_ip": false}]})])
}

# AWS says whether an instance gets one: by its subnet.
test_what_the_code_leaves_out_is_allowed if {
	rc := testing.partly("aws_instance", {}, {"associate_public_ip_address": true})
	code := {"resources": [{"address": "aws_instance.this", "expressions": {"ami": {"constant_value": "ami-1"}}}]}
	task.deny == set() with input as testing.configured([rc], code)
}

test_other_types_are_allowed if {
	task.deny == set() with input as testing.plan([
		testing.resource("aws_vpc", {"assign_public_ip": true}),
		testing.partly("aws_vpc", {}, {"assign_public_ip": true, "network_configuration": true}),
	])
}

test_every_address if {
	testing.addresses(task.deny) == testing.kept_addresses("aws_ecs_service") with input as testing.kept(service(true))
}

test_what_is_gone_is_allowed if task.deny == set() with input as testing.gone(service(true))
