package infragate.encryption.messages_test

import data.infragate.encryption.messages
import data.infragate.lib.testing

group(value) := testing.resource("aws_sns_topic", {"kms_master_key_id": value})

unknown := testing.partly("aws_sns_topic", {}, {"kms_master_key_id": true})

linked(reference) := testing.configured([unknown], {"resources": [{"address": "aws_sns_topic.this", "expressions": {"kms_master_key_id": {"references": [reference]}}}]})

test_the_complaint if {
	messages.deny == {{
		"id": "IG-ENC-06",
		"severity": "HIGH",
		"address": "aws_sns_topic.this",
		"path": "kms_master_key_id",
		"msg": "It is not encrypted.",
	}} with input as testing.plan([group(null)])
}

test_no_key_is_refused[note] if {
	some note, rc in {"absent": testing.resource("aws_sns_topic", {}), "empty": group("")}
	testing.brief(messages.deny) == {["aws_sns_topic.this", "kms_master_key_id", 0]} with input as testing.plan([rc])
}

test_a_key_is_allowed if messages.deny == set() with input as testing.plan([group("arn:aws:kms:x")])

test_an_unknown_key_is_asked[note] if {
	some note, reference in {"a variable": "var.key", "another type": "aws_s3_bucket.key"}
	testing.brief(messages.deny) == {["aws_sns_topic.this", "kms_master_key_id", 1]} with input as linked(reference)
}

test_a_key_of_the_same_plan_is_allowed[reference] if {
	some reference in ["aws_kms_key.a.arn", "aws_kms_alias.a.target_key_arn", "aws_kms_replica_key.a.arn", "data.aws_kms_key.a.arn"]
	messages.deny == set() with input as linked(reference)
}

test_other_types_are_allowed if {
	messages.deny == set() with input as testing.plan([testing.resource("aws_vpc", {}), testing.partly("aws_vpc", {}, {"kms_master_key_id": true})])
}

queue(after) := testing.resource("aws_sqs_queue", after)

test_a_queue_is_refused[note] if {
	some note, value in {"false": false, "null": null}
	testing.brief(messages.deny) == {["aws_sqs_queue.this", "kms_master_key_id", 0]} with input as testing.plan([queue({"sqs_managed_sse_enabled": value})])
}

test_a_queue_with_a_key_of_sqs_is_allowed if messages.deny == set() with input as testing.plan([queue({"sqs_managed_sse_enabled": true})])

test_a_queue_with_an_unknown_key_is_asked if {
	rc := testing.partly("aws_sqs_queue", {}, {"kms_master_key_id": true})
	testing.brief(messages.deny) == {["aws_sqs_queue.this", "kms_master_key_id", 1]} with input as testing.plan([rc])
}

test_every_address if {
	testing.addresses(messages.deny) == testing.kept_addresses("aws_sns_topic") with input as testing.kept(group(null))
}

test_what_is_gone_is_allowed if messages.deny == set() with input as testing.gone(group(null))
