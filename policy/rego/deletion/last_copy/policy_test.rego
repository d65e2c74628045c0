package infragate.deletion.last_copy_test

import data.infragate.deletion.last_copy
import data.infragate.lib.testing

values := {
	"aws_backup_vault": ["force_destroy", true, false],
	"aws_db_instance": ["skip_final_snapshot", true, false],
	"aws_docdb_cluster": ["skip_final_snapshot", true, false],
	"aws_ecr_repository": ["force_delete", true, false],
	"aws_neptune_cluster": ["skip_final_snapshot", true, false],
	"aws_rds_cluster": ["skip_final_snapshot", true, false],
	"aws_redshift_cluster": ["skip_final_snapshot", true, false],
	"aws_s3_bucket": ["force_destroy", true, false],
	"aws_secretsmanager_secret": ["recovery_window_in_days", 0, 7],
}

bucket := testing.resource("aws_s3_bucket", {"force_destroy": true})

test_the_complaint if {
	last_copy.deny == {{
		"id": "IG-DEL-02",
		"severity": "HIGH",
		"address": "aws_s3_bucket.this",
		"path": "force_destroy",
		"msg": "force_destroy = true: its data would not outlive it.",
	}} with input as testing.plan([bucket])
}

test_every_type_is_judged[type] if {
	some type, case in values
	path := case[0]
	testing.brief(last_copy.deny) == {[sprintf("%s.this", [type]), path, 0]} with input as testing.plan([testing.resource(type, {path: case[1]})])
	last_copy.deny == set() with input as testing.plan([testing.resource(type, {path: case[2]})])
	last_copy.deny == set() with input as testing.plan([testing.resource(type, {path: null})])
	last_copy.deny == set() with input as testing.plan([testing.resource(type, {})])
	testing.brief(last_copy.deny) == {[sprintf("%s.this", [type]), path, 1]} with input as testing.plan([testing.partly(type, {}, {path: true})])
}

test_other_types_are_allowed if last_copy.deny == set() with input as testing.plan([testing.resource("aws_vpc", {"force_destroy": true})])

test_an_environment_that_is_not_protected_is_allowed if {
	last_copy.deny == set() with input as testing.plan([bucket, testing.partly("aws_s3_bucket", {}, {"force_destroy": true})])
		with data.infragate.protected as false
}

test_every_address if {
	testing.addresses(last_copy.deny) == testing.kept_addresses("aws_s3_bucket") with input as testing.kept(bucket)
}

test_what_is_gone_is_allowed if last_copy.deny == set() with input as testing.gone(bucket)
