package infragate.images.digest_test

import data.infragate.images.digest
import data.infragate.lib.testing

suffix := "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

task(image) := testing.resource("aws_ecs_task_definition", {"container_definitions": json.marshal([{"name": "a", "image": image}])})

address := "aws_ecs_task_definition.this"

unknown := testing.partly("aws_ecs_task_definition", {}, {"container_definitions": true})

test_the_complaint if {
	digest.deny == {{
		"id": "IG-IMG-02",
		"severity": "HIGH",
		"address": "aws_ecs_task_definition.this",
		"path": "container_definitions",
		"msg": "Its image app:v1 can change: it is not named by its digest.",
	}} with input as testing.plan([task("app:v1")])
}

test_a_digest_is_allowed if digest.deny == set() with input as testing.plan([task(concat("", ["app", suffix]))])

test_a_function_is_judged if {
	rc := testing.resource("aws_lambda_function", {"image_uri": "app:v1"})
	testing.brief(digest.deny) == {["aws_lambda_function.this", "image_uri", 0]} with input as testing.plan([rc])
}

test_null_is_allowed if digest.deny == set() with input as testing.plan([testing.resource("aws_lambda_function", {"image_uri": null})])

test_unknown_is_asked if testing.brief(digest.deny) == {[address, "container_definitions", 1]} with input as testing.plan([unknown])

test_an_environment_that_is_not_protected_is_allowed if {
	digest.deny == set() with input as testing.plan([task("app:v1"), unknown]) with data.infragate.protected as false
}

test_every_address if {
	testing.addresses(digest.deny) == testing.kept_addresses("aws_ecs_task_definition") with input as testing.kept(task("app"))
}

test_what_is_gone_is_allowed if digest.deny == set() with input as testing.gone(task("app"))
