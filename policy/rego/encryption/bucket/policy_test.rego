package infragate.encryption.bucket_test

import data.infragate.encryption.bucket as encryption
import data.infragate.lib.testing

part := "aws_s3_bucket_server_side_encryption_configuration"

bucket := testing.resource("aws_s3_bucket", {"bucket": "a"})

algorithm(value) := testing.resource(part, {"bucket": "a", "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": value}]}]})

address := "aws_s3_bucket_server_side_encryption_configuration.this"

test_the_complaint if {
	encryption.deny == {{
		"id": "IG-ENC-02",
		"severity": "HIGH",
		"address": "aws_s3_bucket.this",
		"path": "bucket",
		"msg": "It has no aws_s3_bucket_server_side_encryption_configuration.",
	}} with input as testing.plan([bucket])
}

test_a_key_of_kms_is_allowed[value] if {
	some value in ["aws:kms", "aws:kms:dsse"]
	encryption.deny == set() with input as testing.plan([bucket, algorithm(value)])
}

test_no_key_of_kms_is_refused[note] if {
	some note, rc in {
		"AES256": algorithm("AES256"),
		"null": algorithm(null),
		"absent": testing.resource(part, {"bucket": "a", "rule": [{}]}),
		"one of two": testing.resource(part, {"bucket": "a", "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}, {}]}),
	}
	testing.brief(encryption.deny) == {[address, "rule", 0]} with input as testing.plan([bucket, rc])
}

test_an_unknown_algorithm_is_asked[note] if {
	some note, case in {
		"all": [{"bucket": "a"}, {"rule": true}],
		"one": [{"bucket": "a", "rule": [{"apply_server_side_encryption_by_default": [{}]}]}, {"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": true}]}]}],
		"the second": [
			{"bucket": "a", "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}, {}]},
			{"rule": [{}, {"apply_server_side_encryption_by_default": [{"sse_algorithm": true}]}]},
		],
	}
	testing.brief(encryption.deny) == {[address, "rule", 1]} with input as testing.plan([bucket, testing.partly(part, case[0], case[1])])
}

test_another_unknown_value_is_no_matter if {
	rc := object.union(algorithm("aws:kms"), {"change": object.union(algorithm("aws:kms").change, {"after_unknown": {"rule": [{"apply_server_side_encryption_by_default": [{"kms_master_key_id": true}]}]}})})
	encryption.deny == set() with input as testing.plan([bucket, rc])
}

test_every_address if {
	testing.addresses(encryption.deny) == testing.kept_addresses("aws_s3_bucket") with input as testing.kept(bucket)
}

test_what_is_gone_is_allowed if encryption.deny == set() with input as testing.gone(bucket)

test_every_address_of_the_part if {
	testing.addresses(encryption.deny) == testing.kept_addresses(part) with input as testing.kept(algorithm("AES256"))
}
