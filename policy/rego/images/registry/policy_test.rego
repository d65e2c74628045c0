package infragate.images.registry_test

import data.infragate.images.registry
import data.infragate.lib.testing

repository(value) := testing.resource("aws_ecr_repository", {"image_tag_mutability": value})

test_the_complaint if {
	registry.deny == {{
		"id": "IG-IMG-03",
		"severity": "MEDIUM",
		"address": "aws_ecr_repository.this",
		"path": "image_tag_mutability",
		"msg": "Its tags can be moved to another image.",
	}} with input as testing.plan([repository("MUTABLE")])
}

test_mutable_is_refused[note] if {
	some note, rc in {"with exceptions": repository("MUTABLE_WITH_EXCLUSION"), "null": repository(null), "absent": testing.resource("aws_ecr_repository", {})}
	testing.brief(registry.deny) == {["aws_ecr_repository.this", "image_tag_mutability", 0]} with input as testing.plan([rc])
}

test_immutable_is_allowed[value] if {
	some value in ["IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"]
	registry.deny == set() with input as testing.plan([repository(value)])
}

test_unknown_is_asked if {
	rc := testing.partly("aws_ecr_repository", {}, {"image_tag_mutability": true})
	testing.brief(registry.deny) == {["aws_ecr_repository.this", "image_tag_mutability", 1]} with input as testing.plan([rc])
}

test_other_types_are_allowed if {
	registry.deny == set() with input as testing.plan([testing.resource("aws_vpc", {}), testing.partly("aws_vpc", {}, {"image_tag_mutability": true})])
}

test_every_address if {
	testing.addresses(registry.deny) == testing.kept_addresses("aws_ecr_repository") with input as testing.kept(repository("MUTABLE"))
}

test_what_is_gone_is_allowed if registry.deny == set() with input as testing.gone(repository("MUTABLE"))
