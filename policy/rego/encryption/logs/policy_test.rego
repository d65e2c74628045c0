package infragate.encryption.logs_test

import data.infragate.encryption.logs
import data.infragate.lib.testing

group(value) := testing.resource("aws_cloudwatch_log_group", {"kms_key_id": value})

unknown := testing.partly("aws_cloudwatch_log_group", {}, {"kms_key_id": true})

linked(reference) := testing.configured([unknown], {"resources": [{"address": "aws_cloudwatch_log_group.this", "expressions": {"kms_key_id": {"references": [reference]}}}]})

test_the_complaint if {
	logs.deny == {{
		"id": "IG-ENC-04",
		"severity": "HIGH",
		"address": "aws_cloudwatch_log_group.this",
		"path": "kms_key_id",
		"msg": "It is not encrypted with a key of KMS.",
	}} with input as testing.plan([group(null)])
}

test_no_key_is_refused[note] if {
	some note, rc in {"absent": testing.resource("aws_cloudwatch_log_group", {}), "empty": group("")}
	testing.brief(logs.deny) == {["aws_cloudwatch_log_group.this", "kms_key_id", 0]} with input as testing.plan([rc])
}

test_a_key_is_allowed if logs.deny == set() with input as testing.plan([group("arn:aws:kms:x")])

test_an_unknown_key_is_asked[note] if {
	some note, reference in {"a variable": "var.key", "another type": "aws_s3_bucket.key"}
	testing.brief(logs.deny) == {["aws_cloudwatch_log_group.this", "kms_key_id", 1]} with input as linked(reference)
}

test_a_key_of_the_same_plan_is_allowed[reference] if {
	some reference in ["aws_kms_key.a.arn", "aws_kms_alias.a.target_key_arn", "aws_kms_replica_key.a.arn", "data.aws_kms_key.a.arn"]
	logs.deny == set() with input as linked(reference)
}

test_other_types_are_allowed if {
	logs.deny == set() with input as testing.plan([testing.resource("aws_vpc", {}), testing.partly("aws_vpc", {}, {"kms_key_id": true})])
}

test_every_address if {
	testing.addresses(logs.deny) == testing.kept_addresses("aws_cloudwatch_log_group") with input as testing.kept(group(null))
}

test_what_is_gone_is_allowed if logs.deny == set() with input as testing.gone(group(null))
