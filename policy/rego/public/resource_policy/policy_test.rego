package infragate.public.resource_policy_test

import data.infragate.lib.testing
import data.infragate.public.resource_policy

queue(statement) := testing.resource("aws_sqs_queue_policy", {"policy": json.marshal({"Statement": [object.union({"Effect": "Allow", "Action": "sqs:*"}, statement)]})})

address := "aws_sqs_queue_policy.this"

test_the_complaint if {
	resource_policy.deny == {{
		"id": "IG-PUB-04",
		"severity": "HIGH",
		"address": "aws_sqs_queue_policy.this",
		"path": "policy",
		"msg": "Its policy lets everybody in.",
	}} with input as testing.plan([queue({"Principal": "*"})])
}

test_everybody_is_refused[note] if {
	some note, statement in {
		"AWS": {"Principal": {"AWS": "*"}},
		"among others": {"Principal": {"AWS": ["arn:aws:iam::333333333333:root", "*"]}},
		"all but": {"NotPrincipal": {"AWS": "arn:aws:iam::333333333333:root"}},
		"a condition that limits nobody": {"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
		"a condition that something is absent": {"Principal": "*", "Condition": {"Null": {"aws:SourceVpc": "true"}}},
	}
	testing.brief(resource_policy.deny) == {[address, "policy", 0]} with input as testing.plan([queue(statement)])
}

test_somebody_is_allowed[note] if {
	some note, statement in {
		"an account": {"Principal": {"AWS": "arn:aws:iam::333333333333:root"}},
		"a service": {"Principal": {"Service": "s3.amazonaws.com"}},
		"a denial": {"Effect": "Deny", "Principal": "*"},
	}
	resource_policy.deny == set() with input as testing.plan([queue(statement)])
}

test_a_condition_that_says_who_is_allowed[key] if {
	some key in ["aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceVpc", "aws:SourceVpce", "kms:CallerAccount"]
	resource_policy.deny == set() with input as testing.plan([queue({"Principal": "*", "Condition": {"StringEquals": {key: "x"}}})])
}

test_no_json_is_refused if {
	testing.brief(resource_policy.deny) == {[address, "policy", 0]} with input as testing.plan([testing.resource("aws_sqs_queue_policy", {"policy": "{"})])
}

test_an_unknown_policy_is_asked if {
	testing.brief(resource_policy.deny) == {[address, "policy", 1]} with input as testing.plan([testing.partly("aws_sqs_queue_policy", {}, {"policy": true})])
}

test_an_identity_has_no_principals if {
	resource_policy.deny == set() with input as testing.plan([
		testing.partly("aws_iam_policy", {}, {"policy": true}),
		testing.resource("aws_iam_policy", {"policy": "{"}),
		object.union(queue({"Principal": "*"}), {"type": "aws_iam_policy"}),
	])
}

permission(after) := testing.resource("aws_lambda_permission", after)

test_a_function_for_everybody_is_refused if {
	every after in [{"principal": "*"}, {"principal": "*", "principal_org_id": null}, {"principal": "*", "principal_org_id": ""}] {
		testing.brief(resource_policy.deny) == {["aws_lambda_permission.this", "principal", 0]} with input as testing.plan([permission(after)])
	}
}

test_a_function_for_somebody_is_allowed if {
	every after in [{"principal": "s3.amazonaws.com"}, {"principal": "*", "principal_org_id": "o-1"}] {
		resource_policy.deny == set() with input as testing.plan([permission(after)])
	}
}

layer(after) := testing.resource("aws_lambda_layer_version_permission", after)

test_a_layer_for_everybody_is_refused if {
	every after in [{"principal": "*"}, {"principal": "*", "organization_id": null}, {"principal": "*", "organization_id": ""}] {
		testing.brief(resource_policy.deny) == {["aws_lambda_layer_version_permission.this", "principal", 0]} with input as testing.plan([layer(after)])
	}
}

test_a_layer_for_somebody_is_allowed if {
	every after in [{"principal": "111111111111"}, {"principal": "*", "organization_id": "o-1"}] {
		resource_policy.deny == set() with input as testing.plan([layer(after)])
	}
}

test_every_address if {
	testing.addresses(resource_policy.deny) == testing.kept_addresses("aws_sqs_queue_policy") with input as testing.kept(queue({"Principal": "*"}))
}

test_what_is_gone_is_allowed if resource_policy.deny == set() with input as testing.gone(queue({"Principal": "*"}))
