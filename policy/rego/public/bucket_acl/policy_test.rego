package infragate.public.bucket_acl_test

import data.infragate.lib.testing
import data.infragate.public.bucket_acl

types := ["aws_s3_bucket", "aws_s3_bucket_acl", "aws_s3_object", "aws_s3_object_copy"]

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

grant(name, uri) := testing.resource("aws_s3_bucket_acl", {name: [{"grant": [{"grantee": [{"uri": uri}]}]}]})

test_a_grant_for_everybody_is_refused[name] if {
	some name in ["access_control_policy", "grant"]
	every uri in ["http://acs.amazonaws.com/groups/global/AllUsers", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"] {
		testing.brief(bucket_acl.deny) == {["aws_s3_bucket_acl.this", name, 0]} with input as testing.plan([grant(name, uri)])
	}
}

test_a_grant_for_somebody_is_allowed if {
	bucket_acl.deny == set() with input as testing.plan([grant("grant", "http://acs.amazonaws.com/groups/s3/LogDelivery"), grant("grant", null)])
}

test_an_unknown_acl_is_asked[name] if {
	some name in ["access_control_policy", "acl", "grant"]
	every type in types {
		testing.brief(bucket_acl.deny) == {[sprintf("%s.this", [type]), name, 1]} with input as testing.plan([testing.partly(type, {}, {name: true})])
	}
}

test_other_types_are_allowed if {
	other := object.union(grant("grant", "http://acs.amazonaws.com/groups/global/AllUsers"), {"type": "aws_s3_bucket_policy"})
	bucket_acl.deny == set() with input as testing.plan([acl("aws_s3_bucket_policy", "public-read"), other])
}

test_every_address if {
	testing.addresses(bucket_acl.deny) == testing.kept_addresses("aws_s3_bucket_acl") with input as testing.kept(acl("aws_s3_bucket_acl", "public-read"))
}

test_what_is_gone_is_allowed if bucket_acl.deny == set() with input as testing.gone(acl("aws_s3_bucket_acl", "public-read"))
