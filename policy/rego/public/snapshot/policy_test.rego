package infragate.public.snapshot_test

import data.infragate.lib.testing
import data.infragate.public.snapshot

types := {
	"aws_ami_launch_permission": "group",
	"aws_db_cluster_snapshot": "shared_accounts",
	"aws_db_snapshot": "shared_accounts",
	"aws_db_snapshot_copy": "shared_accounts",
	"aws_rds_cluster_snapshot_copy": "shared_accounts",
}

shared := testing.resource("aws_db_snapshot", {"shared_accounts": ["333333333333", "all"]})

test_the_complaint if {
	snapshot.deny == {{
		"id": "IG-PUB-07",
		"severity": "CRITICAL",
		"address": "aws_db_snapshot.this",
		"path": "shared_accounts",
		"msg": "It is shared with everybody.",
	}} with input as testing.plan([shared])
}

test_shared_with_everybody_is_refused[type] if {
	some type, argument in types
	every value in ["all", ["all"]] {
		testing.brief(snapshot.deny) == {[sprintf("%s.this", [type]), argument, 0]} with input as testing.plan([testing.resource(type, {argument: value})])
	}
}

test_shared_with_somebody_is_allowed[note] if {
	some note, value in {"an account": ["333333333333"], "null": null, "nobody": []}
	snapshot.deny == set() with input as testing.plan([testing.resource("aws_db_snapshot", {"shared_accounts": value})])
}

test_unknown_is_asked[type] if {
	some type, argument in types
	testing.brief(snapshot.deny) == {[sprintf("%s.this", [type]), argument, 1]} with input as testing.plan([testing.partly(type, {}, {argument: true})])
}

test_other_types_are_allowed if snapshot.deny == set() with input as testing.plan([testing.resource("aws_vpc", {"shared_accounts": ["all"], "group": "all"})])

test_every_address if {
	testing.addresses(snapshot.deny) == testing.kept_addresses("aws_db_snapshot") with input as testing.kept(shared)
}

test_what_is_gone_is_allowed if snapshot.deny == set() with input as testing.gone(shared)
