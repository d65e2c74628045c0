package infragate.iam.pass_role_test

import data.infragate.iam.pass_role
import data.infragate.lib.testing

policy(statement) := testing.resource("aws_iam_policy", {"policy": json.marshal({"Statement": [object.union({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}, statement)]})})

address := "aws_iam_policy.this"

test_the_complaint if {
	pass_role.deny == {{
		"id": "IG-IAM-02",
		"severity": "HIGH",
		"address": "aws_iam_policy.this",
		"path": "policy",
		"msg": "Its policy allows iam:PassRole for any role.",
	}} with input as testing.plan([policy({"Action": "iam:PassRole"})])
}

test_any_role_is_refused[note] if {
	some note, statement in {
		"a pattern of actions": {"Action": ["s3:GetObject", "iam:Pass*"]},
		"every role of an account": {"Action": "iam:PassRole", "Resource": "arn:aws:iam::333333333333:role/*"},
		"one character": {"Action": "iam:PassRole", "Resource": "arn:aws:iam::333333333333:role/?x"},
		"every account": {"Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/app"},
		"anything of IAM": {"Action": "iam:PassRole", "Resource": "arn:aws:iam::333333333333:*"},
		"any service": {"Action": "iam:PassRole", "Resource": "arn:aws:*:x"},
		"any partition": {"Action": "iam:PassRole", "Resource": "arn:*:iam::333333333333:role/app"},
		"among others": {"Action": "iam:PassRole", "Resource": ["arn:aws:iam::333333333333:role/app", "*"]},
		"with something before it": {"Action": "iam:PassRole", "Resource": "x-arn:aws:iam::333333333333:role/app"},
		"something of another service after it": {"Action": "iam:PassRole", "Resource": "*arn:aws:s3:::x"},
		"a short account": {"Action": "iam:PassRole", "Resource": "arn:aws:iam::33333:role/app"},
	}
	testing.brief(pass_role.deny) == {[address, "policy", 0]} with input as testing.plan([policy(statement)])
}

test_all_but_some_roles_are_refused if {
	rc := testing.resource("aws_iam_policy", {"policy": json.marshal({"Statement": {"Effect": "Allow", "Action": "iam:PassRole", "NotResource": "a"}})})
	testing.brief(pass_role.deny) == {[address, "policy", 0]} with input as testing.plan([rc])
}

test_what_is_allowed[note] if {
	some note, statement in {
		"a named role": {"Action": "iam:PassRole", "Resource": "arn:aws:iam::333333333333:role/app"},
		"roles with a prefix": {"Action": "iam:PassRole", "Resource": "arn:aws-cn:iam::333333333333:role/fileflow-prod-*"},
		"another action": {"Action": "iam:GetRole"},
		"a denial": {"Effect": "Deny", "Action": "iam:PassRole"},
		"something that is no role": {"Action": "*", "Resource": "arn:aws:s3:::x"},
	}
	pass_role.deny == set() with input as testing.plan([policy(statement)])
}

test_every_address if {
	testing.addresses(pass_role.deny) == testing.kept_addresses("aws_iam_policy") with input as testing.kept(policy({"Action": "iam:PassRole"}))
}

test_what_is_gone_is_allowed if pass_role.deny == set() with input as testing.gone(policy({"Action": "iam:PassRole"}))
