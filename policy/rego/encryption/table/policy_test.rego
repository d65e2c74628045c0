package infragate.encryption.table_test

import data.infragate.encryption.table
import data.infragate.lib.testing

dynamodb(after) := testing.resource("aws_dynamodb_table", after)

path := "server_side_encryption"

test_the_complaint if {
	table.deny == {{
		"id": "IG-ENC-05",
		"severity": "HIGH",
		"address": "aws_dynamodb_table.this",
		"path": "server_side_encryption",
		"msg": "It is not encrypted with a key of KMS.",
	}} with input as testing.plan([dynamodb({})])
}

test_no_key_is_refused[note] if {
	some note, after in {
		"no block": {path: []},
		"null": {path: null},
		"off": {path: [{"enabled": false}]},
		"null in the block": {path: [{"enabled": null}]},
	}
	testing.brief(table.deny) == {["aws_dynamodb_table.this", path, 0]} with input as testing.plan([dynamodb(after)])
}

# AWS fills the block in if the code has none: with a key of its own.
test_a_block_that_is_left_out_is_refused if {
	rc := testing.partly("aws_dynamodb_table", {}, {path: true})
	code := {"resources": [{"address": "aws_dynamodb_table.this", "expressions": {"name": {"constant_value": "a"}}}]}
	table.deny == {{
		"id": "IG-ENC-05",
		"severity": "HIGH",
		"address": "aws_dynamodb_table.this",
		"path": path,
		"msg": "It is not encrypted with a key of KMS.",
	}} with input as testing.configured([rc], code)
}

test_a_key_is_allowed if table.deny == set() with input as testing.plan([dynamodb({path: [{"enabled": true}]})])

test_unknown_is_asked[note] if {
	some note, unknown in {"the value": {path: [{"enabled": true}]}, "the block": {path: true}}
	rc := testing.partly("aws_dynamodb_table", {}, unknown)
	testing.brief(table.deny) == {["aws_dynamodb_table.this", path, 1]} with input as testing.plan([rc])
}

test_other_types_are_allowed if {
	table.deny == set() with input as testing.plan([testing.resource("aws_vpc", {}), testing.partly("aws_vpc", {}, {path: true})])
}

test_every_address if {
	testing.addresses(table.deny) == testing.kept_addresses("aws_dynamodb_table") with input as testing.kept(dynamodb({}))
}

test_what_is_gone_is_allowed if table.deny == set() with input as testing.gone(dynamodb({}))
