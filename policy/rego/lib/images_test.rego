package infragate.lib.images_test

import data.infragate.lib.images
import data.infragate.lib.testing

digest := "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

task(definitions) := testing.resource("aws_ecs_task_definition", {"container_definitions": definitions})

unknown := testing.within(testing.partly("aws_ecs_task_definition", {}, {"container_definitions": true}), "module.a")

looked_up(references) := testing.configured([unknown], {"module_calls": {"a": {
	"expressions": {"image": {"references": references}},
	"module": {},
}}})

test_each_container_has_an_image if {
	rc := task("[{\"image\": \"a:1\"}, {\"image\": \"b:2\"}]")
	images.images == [
		{"rc": rc, "path": "container_definitions", "image": "a:1"},
		{"rc": rc, "path": "container_definitions", "image": "b:2"},
	] with input as testing.plan([rc])
}

test_the_case_of_the_name_does_not_count if {
	rc := task("[{\"name\": \"x\", \"IMAGE\": \"a:1\"}]")
	images.images == [{"rc": rc, "path": "container_definitions", "image": "a:1"}] with input as testing.plan([rc])
}

test_a_function_has_an_image if {
	rc := testing.resource("aws_lambda_function", {"image_uri": "a:1"})
	images.images == [{"rc": rc, "path": "image_uri", "image": "a:1"}] with input as testing.plan([rc])
}

test_no_images[note] if {
	some note, rc in {
		"a function of a zip file": testing.resource("aws_lambda_function", {"image_uri": null}),
		"an unknown definition": unknown,
		"another type": testing.resource("aws_ecs_service", {"container_definitions": "[{\"image\": \"a\"}]"}),
		"text that is no JSON": task("[{"),
	}
	images.images == [] with input as testing.plan([rc])
}

test_a_definition_that_is_no_json_is_broken if images.broken == [task("[{")] with input as testing.plan([task("[{")])

test_nothing_is_broken[note] if {
	some note, rc in {"JSON": task("[]"), "null": task(null), "unknown": unknown, "another type": testing.resource("x", {"container_definitions": "["})}
	images.broken == [] with input as testing.plan([rc])
}

test_an_image_that_is_known_later if {
	images.blank == [{"rc": unknown, "path": "container_definitions"}] with input as testing.plan([unknown])
}

test_an_image_of_a_function_that_is_known_later if {
	rc := testing.partly("aws_lambda_function", {}, {"image_uri": true})
	images.blank == [{"rc": rc, "path": "image_uri"}] with input as testing.plan([rc])
}

test_what_is_known_is_not_known_later if images.blank == [] with input as testing.plan([task("[]")])

test_an_image_by_the_digest_that_a_data_source_found[note] if {
	some note, references in {
		"digest": ["data.aws_ecr_image.service.image_digest", "data.aws_ecr_image.service"],
		"whole name": ["data.aws_ecr_image.service.image_uri"],
	}
	images.blank == [] with input as looked_up(references)
}

test_an_image_by_something_else_is_known_later[note] if {
	some note, references in {
		"a tag": ["data.aws_ecr_image.service.image_tags"],
		"a longer name": ["data.aws_ecr_image.service.image_digests"],
		"a part of another name": ["module.x.data.aws_ecr_image.service.image_digest"],
		"another data source": ["data.aws_ecr_repository.service.image_digest"],
		"a resource": ["terraform_data.x.image_digest"],
		"nothing": [],
	}
	images.blank == [{"rc": unknown, "path": "container_definitions"}] with input as looked_up(references)
}

test_a_digest_is_one if images.has_digest(concat("", ["a:1", digest]))

test_no_digest[note] if {
	some note, image in {"tag": "a:1", "short": "a@sha256:01", "more": concat("", ["a", digest, "0"]), "other": "a@md5:01"}
	not images.has_digest(image)
}

test_the_tag_of_an_image[note] if {
	some note, case in {
		"with": ["a:1", "1"],
		"without": ["a", ""],
		"of a registry with a port": ["registry.example.com:5000/team/a:v1", "v1"],
		"none, but a port": ["registry.example.com:5000/a", ""],
		"before a digest": [concat("", ["a:1", digest]), "1"],
		"none, but a digest": [concat("", ["a", digest]), ""],
	}
	images.tag_of(case[0]) == case[1]
}
