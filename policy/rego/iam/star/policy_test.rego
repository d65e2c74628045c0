package infragate.iam.star_test

import data.infragate.iam.star
import data.infragate.lib.testing

policy(statement) := testing.resource("aws_iam_policy", {"policy": json.marshal({"Statement": [object.union({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}, statement)]})})

address := "aws_iam_policy.this"

test_the_complaint if {
	star.deny == {{
		"id": "IG-IAM-01",
		"severity": "CRITICAL",
		"address": "aws_iam_policy.this",
		"path": "policy",
		"msg": "Its policy allows every action.",
	}} with input as testing.plan([policy({"Action": "*"})])
}

test_every_action_is_refused[action] if {
	some action in ["*", "*:*", "**", "*:**", "?*", "*?:?*"]
	every actions in [action, [action], ["s3:GetObject", action]] {
		testing.brief(star.deny) == {[address, "policy", 0]} with input as testing.plan([policy({"Action": actions})])
	}
}

test_all_actions_but_some_are_refused if {
	rc := testing.resource("aws_iam_policy", {"policy": json.marshal({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}})})
	star.deny == {{
		"id": "IG-IAM-01",
		"severity": "CRITICAL",
		"address": address,
		"path": "policy",
		"msg": "Its policy allows everything but some actions (NotAction).",
	}} with input as testing.plan([rc])
}

test_what_is_allowed[note] if {
	some note, statement in {
		"one action": {},
		"all of a service": {"Action": "s3:*"},
		"an action of every service": {"Action": "*:Get"},
		"a denial": {"Effect": "Deny", "Action": "*"},
		"a denial of all but some": {"Effect": "Deny", "NotAction": "iam:*"},
	}
	star.deny == set() with input as testing.plan([policy(statement)])
}

test_a_trust_policy_is_no_matter_here if {
	trust := testing.resource("aws_iam_role", {"assume_role_policy": json.marshal({"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "x"}})})
	broken := testing.resource("aws_iam_role", {"assume_role_policy": "{"})
	unknown := testing.partly("aws_iam_role", {}, {"assume_role_policy": true})
	star.deny == set() with input as testing.plan([trust, broken, unknown])
}

test_no_json_is_refused if {
	rc := testing.resource("aws_iam_policy", {"policy": "{"})
	testing.brief(star.deny) == {[address, "policy", 0]} with input as testing.plan([rc])
}

test_null_is_allowed if star.deny == set() with input as testing.plan([testing.resource("aws_iam_policy", {"policy": null})])

test_an_unknown_policy_is_asked if {
	testing.brief(star.deny) == {[address, "policy", 1]} with input as testing.plan([testing.partly("aws_iam_policy", {}, {"policy": true})])
}

test_an_unknown_policy_of_a_role_with_a_boundary_is_allowed if {
	resources := [testing.partly("aws_iam_role_policy", {}, {"policy": true}), testing.resource("aws_iam_role", {"permissions_boundary": "arn:x"})]
	code := {"resources": [
		{"address": "aws_iam_role.this", "expressions": {}},
		{"address": "aws_iam_role_policy.this", "expressions": {"role": {"references": ["aws_iam_role.this.name"]}, "policy": {"references": ["var.x"]}}},
	]}
	star.deny == set() with input as testing.configured(resources, code)
}

test_every_address if {
	testing.addresses(star.deny) == testing.kept_addresses("aws_iam_policy") with input as testing.kept(policy({"Action": "*"}))
}

test_what_is_gone_is_allowed if star.deny == set() with input as testing.gone(policy({"Action": "*"}))
