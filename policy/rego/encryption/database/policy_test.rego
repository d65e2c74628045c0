package infragate.encryption.database_test

import data.infragate.encryption.database
import data.infragate.lib.testing

types := {
	"aws_db_instance": "storage_encrypted",
	"aws_docdb_cluster": "storage_encrypted",
	"aws_elasticache_replication_group": "at_rest_encryption_enabled",
	"aws_neptune_cluster": "storage_encrypted",
	"aws_rds_cluster": "storage_encrypted",
	"aws_redshift_cluster": "encrypted",
}

off(type) := testing.resource(type, {types[type]: false})

test_the_complaint if {
	database.deny == {{
		"id": "IG-ENC-01",
		"severity": "HIGH",
		"address": "aws_db_instance.this",
		"path": "storage_encrypted",
		"msg": "It is not encrypted at rest.",
	}} with input as testing.plan([off("aws_db_instance")])
}

test_off_is_refused[note] if {
	some type, argument in types
	some note, value in {"false": false, "null": null, "text": "true"}
	testing.brief(database.deny) == {[sprintf("%s.this", [type]), argument, 0]} with input as testing.plan([testing.resource(type, {argument: value})])
}

test_absent_is_refused if {
	every type, argument in types {
		testing.brief(database.deny) == {[sprintf("%s.this", [type]), argument, 0]} with input as testing.plan([testing.resource(type, {})])
	}
}

test_on_is_allowed if {
	every type, argument in types {
		database.deny == set() with input as testing.plan([testing.resource(type, {argument: true})])
	}
}

test_unknown_is_asked if {
	every type, argument in types {
		testing.brief(database.deny) == {[sprintf("%s.this", [type]), argument, 1]} with input as testing.plan([testing.partly(type, {}, {argument: true})])
	}
}

test_other_types_are_allowed if database.deny == set() with input as testing.plan([testing.resource("aws_vpc", {types.aws_db_instance: false})])

test_every_address if {
	testing.addresses(database.deny) == testing.kept_addresses("aws_db_instance") with input as testing.kept(off("aws_db_instance"))
}

test_what_is_gone_is_allowed if database.deny == set() with input as testing.gone(off("aws_db_instance"))
