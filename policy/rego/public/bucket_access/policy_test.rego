package infragate.public.bucket_access_test

import data.infragate.lib.testing
import data.infragate.public.bucket_access

block := "aws_s3_bucket_public_access_block"

flags := ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]

on := {"bucket": "a", "block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true, "restrict_public_buckets": true}

address := "aws_s3_bucket_public_access_block.this"

bucket := testing.resource("aws_s3_bucket", {"bucket": "a"})

test_the_complaint if {
	bucket_access.deny == {{
		"id": "IG-PUB-02",
		"severity": "HIGH",
		"address": "aws_s3_bucket.this",
		"path": "bucket",
		"msg": "It has no aws_s3_bucket_public_access_block.",
	}} with input as testing.plan([bucket])
}

test_a_flag_that_is_off_is_refused[flag] if {
	some flag in flags
	every value in [false, null] {
		rc := testing.resource(block, object.union(on, {flag: value}))
		testing.brief(bucket_access.deny) == {[address, flag, 0]} with input as testing.plan([rc])
	}
}

test_a_flag_that_is_absent_is_refused[flag] if {
	some flag in flags
	rc := testing.resource(block, object.remove(on, [flag]))
	testing.brief(bucket_access.deny) == {[address, flag, 0]} with input as testing.plan([rc])
}

test_an_unknown_flag_is_asked[flag] if {
	some flag in flags
	rc := testing.partly(block, object.remove(on, [flag]), {flag: true})
	testing.brief(bucket_access.deny) == {[address, flag, 1]} with input as testing.plan([rc])
}

test_a_bucket_with_a_block_is_allowed if bucket_access.deny == set() with input as testing.plan([bucket, testing.resource(block, on)])

test_the_block_of_another_bucket_is_not_enough if {
	other := testing.resource(block, object.union(on, {"bucket": "b"}))
	testing.brief(bucket_access.deny) == {["aws_s3_bucket.this", "bucket", 0]} with input as testing.plan([bucket, other])
}

test_every_address if {
	testing.addresses(bucket_access.deny) == testing.kept_addresses("aws_s3_bucket") with input as testing.kept(bucket)
}

test_what_is_gone_is_allowed if bucket_access.deny == set() with input as testing.gone(bucket)

test_every_address_of_a_block if {
	testing.addresses(bucket_access.deny) == testing.kept_addresses(block) with input as testing.kept(testing.resource(block, {}))
}
