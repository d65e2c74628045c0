package infragate.public.bucket_acl_test

import data.infragate.lib.testing
import data.infragate.public.bucket_acl

types := ["aws_s3_bucket", "aws_s3_bucket_acl", "aws_s3_bucket_object", "aws_s3_object", "aws_s3_object_copy"]

acl(type, value) := testing.resource(type, {"acl": value})

test_the_complaint if {
	bucket_acl.deny == {{
		"id": "IG-PUB-03",
		"severity": "HIGH",
		"address": "aws_s3_bucket_acl.this",
		"path": "acl",
		"msg": "Its ACL lets everybody in.",
	}} with input as testing.plan([acl("aws_s3_bucket_acl", "public-read")])
}

test_an_acl_for_everybody_is_refused[note] if {
	some type in types
	some note in ["authenticated-read", "public-read", "public-read-write", "website"]
	testing.brief(bucket_acl.deny) == {[sprintf("%s.this", [type]), "acl", 0]} with input as testing.plan([acl(type, note)])
}

test_another_acl_is_allowed[note] if {
	some note, value in {"private": "private", "null": null, "log": "log-delivery-write"}
	bucket_acl.deny == set() with input as testing.plan([acl("aws_s3_bucket_acl", value)])
}

everybody := "http://acs.amazonaws.com/groups/global/AllUsers"

grant("aws_s3_bucket_acl", uri) := testing.resource("aws_s3_bucket_acl", {"access_control_policy": [{"grant": [{"grantee": [{"uri": uri}]}]}]})

grant(type, uri) := testing.resource(type, {"grant": [{"uri": uri}]}) if type != "aws_s3_bucket_acl"

grants := {"aws_s3_bucket": "grant", "aws_s3_bucket_acl": "access_control_policy", "aws_s3_object_copy": "grant"}

test_a_grant_for_everybody_is_refused[type] if {
	some type, name in grants
	every uri in [everybody, "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"] {
		testing.brief(bucket_acl.deny) == {[sprintf("%s.this", [type]), name, 0]} with input as testing.plan([grant(type, uri)])
	}
}

test_a_grant_for_somebody_is_allowed[type] if {
	some type, _ in grants
	bucket_acl.deny == set() with input as testing.plan([grant(type, "http://acs.amazonaws.com/groups/s3/LogDelivery"), grant(type, null)])
}

test_a_tag_of_that_name_is_no_grant if {
	bucket_acl.deny == set() with input as testing.plan([testing.resource("aws_s3_bucket", {"tags": {"uri": everybody}})])
}

test_an_unknown_acl_is_asked[type] if {
	some type in types
	testing.brief(bucket_acl.deny) == {[sprintf("%s.this", [type]), "acl", 1]} with input as testing.plan([testing.partly(type, {}, {"acl": true})])
}

test_unknown_grants_are_asked[type] if {
	some type, name in grants
	testing.brief(bucket_acl.deny) == {[sprintf("%s.this", [type]), name, 1]} with input as testing.plan([testing.partly(type, {}, {name: true})])
}

test_other_types_are_allowed if {
	other := grant("aws_s3_bucket_policy", everybody)
	bucket_acl.deny == set() with input as testing.plan([acl("aws_s3_bucket_policy", "public-read"), other])
}

test_every_address if {
	testing.addresses(bucket_acl.deny) == testing.kept_addresses("aws_s3_bucket_acl") with input as testing.kept(acl("aws_s3_bucket_acl", "public-read"))
}

test_what_is_gone_is_allowed if bucket_acl.deny == set() with input as testing.gone(acl("aws_s3_bucket_acl", "public-read"))
