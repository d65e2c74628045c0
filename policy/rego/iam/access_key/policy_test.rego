package infragate.iam.access_key_test

import data.infragate.iam.access_key
import data.infragate.lib.testing

credential := testing.resource("aws_iam_access_key", {"user": "a"})

test_the_complaint if {
	access_key.deny == {{
		"id": "IG-IAM-06",
		"severity": "HIGH",
		"address": "aws_iam_access_key.this",
		"path": "user",
		"msg": "It is a permanent credential, and its secret would lie in the state. Use a role.",
	}} with input as testing.plan([credential])
}

test_every_type_is_refused[type] if {
	some type, argument in {
		"aws_iam_access_key": "user",
		"aws_iam_service_specific_credential": "user_name",
		"aws_iam_user_login_profile": "user",
	}
	every rc in [testing.resource(type, {}), testing.resource(type, {argument: null}), testing.partly(type, {}, {argument: true})] {
		testing.brief(access_key.deny) == {[sprintf("%s.this", [type]), argument, 0]} with input as testing.plan([rc])
	}
}

test_a_key_whose_secret_the_user_holds_is_refused[type] if {
	some type, argument in {"aws_iam_signing_certificate": "user_name", "aws_iam_user_ssh_key": "username"}
	key := testing.resource(type, {argument: "a"})
	{entry.msg | some entry in access_key.deny} == {"It is a permanent credential. Use a role."} with input as testing.plan([key])
	testing.brief(access_key.deny) == {[sprintf("%s.this", [type]), argument, 0]} with input as testing.plan([key])
}

test_other_types_are_allowed if access_key.deny == set() with input as testing.plan([testing.resource("aws_iam_user", {"name": "a"})])

test_every_address if {
	testing.addresses(access_key.deny) == testing.kept_addresses("aws_iam_access_key") with input as testing.kept(credential)
}

test_what_is_gone_is_allowed if access_key.deny == set() with input as testing.gone(credential)
