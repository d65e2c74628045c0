package infragate.iam.boundary_test

import data.infragate.iam.boundary
import data.infragate.lib.testing

role(boundary) := testing.resource("aws_iam_role", {"permissions_boundary": boundary})

unknown := testing.partly("aws_iam_role", {}, {"permissions_boundary": true})

linked(reference) := testing.configured([unknown], {"resources": [{"address": "aws_iam_role.this", "expressions": {"permissions_boundary": {"references": [reference]}}}]})

test_the_complaint if {
	boundary.deny == {{
		"id": "IG-IAM-03",
		"severity": "HIGH",
		"address": "aws_iam_role.this",
		"path": "permissions_boundary",
		"msg": "It has no permissions boundary.",
	}} with input as testing.plan([role(null)])
}

test_no_boundary_is_refused[type] if {
	some type in ["aws_iam_role", "aws_iam_user"]
	every after in [{}, {"permissions_boundary": null}, {"permissions_boundary": ""}] {
		testing.brief(boundary.deny) == {[sprintf("%s.this", [type]), "permissions_boundary", 0]} with input as testing.plan([testing.resource(type, after)])
	}
	testing.brief(boundary.deny) == {[sprintf("%s.this", [type]), "permissions_boundary", 1]} with input as testing.plan([testing.partly(type, {}, {"permissions_boundary": true})])
}

test_a_boundary_is_allowed if boundary.deny == set() with input as testing.plan([role("arn:x")])

test_a_boundary_of_the_same_plan_is_allowed[reference] if {
	some reference in ["aws_iam_policy.a.arn", "data.aws_iam_policy.a.arn"]
	boundary.deny == set() with input as linked(reference)
}

test_an_unknown_boundary_is_asked[reference] if {
	some reference in ["var.boundary", "aws_iam_role.a.arn"]
	testing.brief(boundary.deny) == {["aws_iam_role.this", "permissions_boundary", 1]} with input as linked(reference)
}

test_other_types_are_allowed if {
	boundary.deny == set() with input as testing.plan([testing.resource("aws_iam_group", {}), testing.partly("aws_iam_group", {}, {"permissions_boundary": true})])
}

test_every_address if {
	testing.addresses(boundary.deny) == testing.kept_addresses("aws_iam_role") with input as testing.kept(role(null))
}

test_what_is_gone_is_allowed if boundary.deny == set() with input as testing.gone(role(null))
