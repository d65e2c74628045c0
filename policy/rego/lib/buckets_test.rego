package infragate.lib.buckets_test

import data.infragate.lib.buckets
import data.infragate.lib.testing

public := "aws_s3_bucket_public_access_block"

bucket := testing.resource("aws_s3_bucket", {"bucket": "a"})

nameless := testing.resource("aws_s3_bucket", {"bucket": null})

part(after) := testing.resource(public, after)

linked := {"resources": [{"address": "aws_s3_bucket_public_access_block.this", "expressions": {"bucket": {"references": ["aws_s3_bucket.this.id", "aws_s3_bucket.this"]}}}]}

test_a_part_names_its_bucket if buckets.is_part_of(part({"bucket": "a"}), bucket) with input as testing.plan([])

test_a_part_of_another_bucket if not buckets.is_part_of(part({"bucket": "b"}), bucket) with input as testing.plan([])

test_two_without_a_name_do_not_belong_together if {
	not buckets.is_part_of(part({"bucket": null}), nameless) with input as testing.plan([])
}

test_a_part_refers_to_its_bucket if buckets.is_part_of(part({}), nameless) with input as testing.configured([], linked)

test_a_bucket_with_its_part_is_not_without if {
	buckets.without(public) == [] with input as testing.plan([bucket, part({"bucket": "a"})])
}

test_a_bucket_without_the_part if buckets.without(public) == [bucket] with input as testing.plan([bucket, part({"bucket": "b"})])

test_a_bucket_with_another_part if {
	buckets.without("aws_s3_bucket_versioning") == [bucket] with input as testing.plan([bucket, part({"bucket": "a"})])
}
