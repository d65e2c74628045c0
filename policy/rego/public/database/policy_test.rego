package infragate.public.database_test

import data.infragate.lib.testing
import data.infragate.public.database

types := {
	"aws_db_instance",
	"aws_dms_replication_instance",
	"aws_docdb_cluster_instance",
	"aws_lightsail_database",
	"aws_mq_broker",
	"aws_neptune_cluster_instance",
	"aws_rds_cluster_instance",
	"aws_redshift_cluster",
	"aws_redshiftserverless_workgroup",
	"aws_timestreaminfluxdb_db_instance",
}

public(type) := testing.resource(type, {"publicly_accessible": true})

test_the_complaint if {
	database.deny == {{
		"id": "IG-PUB-01",
		"severity": "CRITICAL",
		"address": "aws_db_instance.this",
		"path": "publicly_accessible",
		"msg": "It has a public address.",
	}} with input as testing.plan([public("aws_db_instance")])
}

test_public_is_refused[type] if {
	some type in types
	testing.brief(database.deny) == {[sprintf("%s.this", [type]), "publicly_accessible", 0]} with input as testing.plan([public(type)])
}

test_private_is_allowed[type] if {
	some type in types
	database.deny == set() with input as testing.plan([testing.resource(type, {"publicly_accessible": false})])
}

test_null_is_private[type] if {
	some type in (types - {"aws_redshift_cluster"})
	database.deny == set() with input as testing.plan([testing.resource(type, {"publicly_accessible": null})])
	database.deny == set() with input as testing.plan([testing.resource(type, {})])
}

test_redshift_is_public_unless_told_otherwise[note] if {
	some note, after in {"null": {"publicly_accessible": null}, "absent": {}}
	testing.brief(database.deny) == {["aws_redshift_cluster.this", "publicly_accessible", 0]} with input as testing.plan([testing.resource("aws_redshift_cluster", after)])
}

test_unknown_is_asked[type] if {
	some type in types
	testing.brief(database.deny) == {[sprintf("%s.this", [type]), "publicly_accessible", 1]} with input as testing.plan([testing.partly(type, {}, {"publicly_accessible": true})])
}

test_other_types_are_allowed if database.deny == set() with input as testing.plan([public("aws_vpc")])

test_every_address if {
	testing.addresses(database.deny) == testing.kept_addresses("aws_db_instance") with input as testing.kept(public("aws_db_instance"))
}

test_what_is_gone_is_allowed if database.deny == set() with input as testing.gone(public("aws_db_instance"))
