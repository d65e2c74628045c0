package infragate.images.tag_test

import data.infragate.images.tag
import data.infragate.lib.testing

digest := "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

task(image) := testing.resource("aws_ecs_task_definition", {"container_definitions": json.marshal([{"name": "a", "image": image}])})

address := "aws_ecs_task_definition.this"

unknown := testing.partly("aws_ecs_task_definition", {}, {"container_definitions": true})

test_the_complaint if {
	tag.deny == {{
		"id": "IG-IMG-01",
		"severity": "HIGH",
		"address": "aws_ecs_task_definition.this",
		"path": "container_definitions",
		"msg": "Its image app:latest has no tag, or the tag latest.",
	}} with input as testing.plan([task("app:latest")])
}

test_no_tag_is_refused[image] if {
	some image in ["app", "registry.example.com:5000/app", "registry.example.com/app:latest"]
	testing.brief(tag.deny) == {[address, "container_definitions", 0]} with input as testing.plan([task(image)])
}

test_a_tag_is_allowed[image] if {
	some image in ["app:v1.2.3", concat("", ["app", digest]), concat("", ["app:latest", digest])]
	tag.deny == set() with input as testing.plan([task(image)])
}

test_a_function_is_judged if {
	rc := testing.resource("aws_lambda_function", {"image_uri": "app:latest"})
	testing.brief(tag.deny) == {["aws_lambda_function.this", "image_uri", 0]} with input as testing.plan([rc])
}

test_no_json_is_refused if {
	rc := testing.resource("aws_ecs_task_definition", {"container_definitions": "["})
	testing.brief(tag.deny) == {[address, "container_definitions", 0]} with input as testing.plan([rc])
}

test_null_is_allowed if tag.deny == set() with input as testing.plan([testing.resource("aws_ecs_task_definition", {"container_definitions": null})])

test_unknown_is_asked if testing.brief(tag.deny) == {[address, "container_definitions", 1]} with input as testing.plan([unknown])

test_every_address if {
	testing.addresses(tag.deny) == testing.kept_addresses("aws_ecs_task_definition") with input as testing.kept(task("app"))
}

test_what_is_gone_is_allowed if tag.deny == set() with input as testing.gone(task("app"))
