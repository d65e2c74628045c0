package infragate.backup.deletion_protection_test

import data.infragate.backup.deletion_protection
import data.infragate.lib.testing

types := {
	"aws_alb": "enable_deletion_protection",
	"aws_db_instance": "deletion_protection",
	"aws_docdb_cluster": "deletion_protection",
	"aws_dynamodb_table": "deletion_protection_enabled",
	"aws_lb": "enable_deletion_protection",
	"aws_neptune_cluster": "deletion_protection",
	"aws_rds_cluster": "deletion_protection",
}

off(type) := testing.resource(type, {types[type]: false})

test_the_complaint if {
	deletion_protection.deny == {{
		"id": "IG-BKP-02",
		"severity": "HIGH",
		"address": "aws_alb.this",
		"path": "enable_deletion_protection",
		"msg": "It has no deletion protection.",
	}} with input as testing.plan([off("aws_alb")])
}

test_off_is_refused[note] if {
	some type, argument in types
	some note, value in {"false": false, "null": null, "text": "true"}
	testing.brief(deletion_protection.deny) == {[sprintf("%s.this", [type]), argument, 0]} with input as testing.plan([testing.resource(type, {argument: value})])
}

test_absent_is_refused if {
	every type, argument in types {
		testing.brief(deletion_protection.deny) == {[sprintf("%s.this", [type]), argument, 0]} with input as testing.plan([testing.resource(type, {})])
	}
}

test_on_is_allowed if {
	every type, argument in types {
		deletion_protection.deny == set() with input as testing.plan([testing.resource(type, {argument: true})])
	}
}

test_unknown_is_asked if {
	every type, argument in types {
		testing.brief(deletion_protection.deny) == {[sprintf("%s.this", [type]), argument, 1]} with input as testing.plan([testing.partly(type, {}, {argument: true})])
	}
}

test_other_types_are_allowed if deletion_protection.deny == set() with input as testing.plan([testing.resource("aws_vpc", {types.aws_alb: false})])

test_every_address if {
	testing.addresses(deletion_protection.deny) == testing.kept_addresses("aws_alb") with input as testing.kept(off("aws_alb"))
}

test_what_is_gone_is_allowed if deletion_protection.deny == set() with input as testing.gone(off("aws_alb"))

test_an_environment_that_is_not_protected_is_allowed if {
	deletion_protection.deny == set() with input as testing.plan([off("aws_alb"), testing.partly("aws_alb", {}, {types.aws_alb: true})])
		with data.infragate.protected as false
}
