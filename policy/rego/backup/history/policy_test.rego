package infragate.backup.history_test

import data.infragate.backup.history
import data.infragate.lib.testing

versioning(status) := testing.resource("aws_s3_bucket_versioning", {"bucket": "a", "versioning_configuration": [{"status": status}]})

dynamodb(enabled) := testing.resource("aws_dynamodb_table", {"point_in_time_recovery": [{"enabled": enabled}]})

bucket := testing.resource("aws_s3_bucket", {"bucket": "a"})

test_the_complaint if {
	history.deny == {{
		"id": "IG-BKP-03",
		"severity": "HIGH",
		"address": "aws_s3_bucket.this",
		"path": "bucket",
		"msg": "It has no aws_s3_bucket_versioning.",
	}} with input as testing.plan([bucket])
}

test_no_versions_are_refused[note] if {
	some note, rc in {"suspended": versioning("Suspended"), "null": versioning(null), "absent": testing.resource("aws_s3_bucket_versioning", {"bucket": "a"})}
	testing.brief(history.deny) == {["aws_s3_bucket_versioning.this", "versioning_configuration", 0]} with input as testing.plan([bucket, rc])
	testing.labels(history.deny) == {["IG-BKP-03", "HIGH"]} with input as testing.plan([rc])
}

test_no_recovery_of_a_table_is_refused[note] if {
	some note, rc in {"off": dynamodb(false), "null": dynamodb(null), "absent": testing.resource("aws_dynamodb_table", {})}
	testing.brief(history.deny) == {["aws_dynamodb_table.this", "point_in_time_recovery", 0]} with input as testing.plan([rc])
}

test_versions_are_allowed if history.deny == set() with input as testing.plan([bucket, versioning("Enabled"), dynamodb(true)])

test_unknown_is_asked[note] if {
	some note, case in {
		"versions": ["aws_s3_bucket_versioning", "versioning_configuration", {"versioning_configuration": [{"status": true}]}],
		"recovery": ["aws_dynamodb_table", "point_in_time_recovery", {"point_in_time_recovery": [{"enabled": true}]}],
		"all of it": ["aws_dynamodb_table", "point_in_time_recovery", {"point_in_time_recovery": true}],
	}
	testing.brief(history.deny) == {[sprintf("%s.this", [case[0]]), case[1], 1]} with input as testing.plan([testing.partly(case[0], {}, case[2])])
}

test_other_types_are_allowed if history.deny == set() with input as testing.plan([testing.resource("aws_vpc", {})])

test_an_environment_that_is_not_protected_is_allowed if {
	resources := [bucket, versioning("Suspended"), testing.partly("aws_dynamodb_table", {}, {"point_in_time_recovery": true})]
	history.deny == set() with input as testing.plan(array.concat(resources, [testing.named(bucket, "other")])) with data.infragate.protected as false
	history.deny == set() with input as testing.plan([bucket]) with data.infragate.protected as false
}

test_every_address if {
	testing.addresses(history.deny) == testing.kept_addresses("aws_s3_bucket") with input as testing.kept(bucket)
}

test_what_is_gone_is_allowed if history.deny == set() with input as testing.gone(bucket)

test_every_address_of_a_table if {
	testing.addresses(history.deny) == testing.kept_addresses("aws_dynamodb_table") with input as testing.kept(dynamodb(false))
}
