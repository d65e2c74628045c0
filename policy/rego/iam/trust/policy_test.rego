package infragate.iam.trust_test

import data.infragate.iam.trust
import data.infragate.lib.testing

role(statement) := testing.resource("aws_iam_role", {"assume_role_policy": json.marshal({"Statement": [object.union({"Effect": "Allow", "Action": "sts:AssumeRole"}, statement)]})})

address := "aws_iam_role.this"

github := {"Federated": "arn:aws:iam::333333333333:oidc-provider/token.actions.githubusercontent.com"}

subject(operator, values) := role({"Principal": github, "Condition": {operator: {"token.actions.githubusercontent.com:sub": values}}})

test_the_complaint if {
	trust.deny == {{
		"id": "IG-IAM-04",
		"severity": "CRITICAL",
		"address": "aws_iam_role.this",
		"path": "assume_role_policy",
		"msg": "Anybody may assume it.",
	}} with input as testing.plan([role({"Principal": "*"})])
}

test_anybody_is_refused[note] if {
	some note, statement in {
		"AWS": {"Principal": {"AWS": "*"}},
		"among others": {"Principal": {"AWS": ["arn:aws:iam::333333333333:root", "*"]}},
		"federated": {"Principal": {"Federated": "*"}},
		"all but": {"NotPrincipal": {"AWS": "a"}},
		"with a condition": {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
	}
	testing.brief(trust.deny) == {[address, "assume_role_policy", 0]} with input as testing.plan([role(statement)])
}

test_somebody_is_allowed[note] if {
	some note, statement in {
		"a service": {"Principal": {"Service": "ecs-tasks.amazonaws.com"}},
		"an account": {"Principal": {"AWS": "arn:aws:iam::333333333333:root"}},
		"SAML": {"Principal": {"Federated": "arn:aws:iam::333333333333:saml-provider/x"}},
		"a denial": {"Effect": "Deny", "Principal": "*"},
		"a denial for all but": {"Effect": "Deny", "NotPrincipal": {"AWS": "a"}},
		"a denial for a provider": {"Effect": "Deny", "Principal": github},
	}
	trust.deny == set() with input as testing.plan([role(statement)])
}

test_every_repository_is_refused[note] if {
	some note, rc in {
		"no condition": role({"Principal": github}),
		"another condition": role({"Principal": github, "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}}),
		"anything": subject("StringLike", "*"),
		"any repository": subject("StringLike", "repo:*"),
		"any of several": subject("StringLike", ["repo:acme/fileflow:*", "*"]),
		"all but": subject("StringNotLike", "repo:acme/fileflow:*"),
	}
	trust.deny == {{
		"id": "IG-IAM-04",
		"severity": "CRITICAL",
		"address": address,
		"path": "assume_role_policy",
		"msg": "Every repository of the provider may assume it: no condition on sub.",
	}} with input as testing.plan([rc])
}

test_one_repository_is_allowed[operator] if {
	some operator in ["StringEquals", "StringLike", "ForAnyValue:StringLike"]
	every values in ["repo:acme/fileflow:*", ["repo:acme/fileflow:ref:refs/heads/main", "xrepo:*"]] {
		trust.deny == set() with input as testing.plan([subject(operator, values)])
	}
}

test_every_application_is_refused[provider] if {
	some provider in ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"]
	every condition in [{}, {"StringEquals": {"x:sub": "a"}}, {"StringNotEquals": {"x:aud": "a"}}, {"StringEquals": {"x:audience": "a"}}] {
		trust.deny == {{
			"id": "IG-IAM-04",
			"severity": "CRITICAL",
			"address": address,
			"path": "assume_role_policy",
			"msg": "Every application of the provider may assume it: no condition on aud.",
		}} with input as testing.plan([role({"Principal": {"Federated": provider}, "Condition": condition})])
	}
}

test_one_application_is_allowed[operator] if {
	some operator in ["StringEquals", "ForAnyValue:StringEquals"]
	every key in ["cognito-identity.amazonaws.com:aud", "graph.facebook.com:app_id"] {
		statement := {"Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Condition": {operator: {key: "a"}}}
		trust.deny == set() with input as testing.plan([role(statement)])
	}
}

test_a_denial_for_an_application_is_allowed if {
	rc := role({"Effect": "Deny", "Principal": {"Federated": "accounts.google.com"}})
	trust.deny == set() with input as testing.plan([rc])
}

test_a_policy_of_another_kind_for_an_application_is_no_matter_here if {
	policy := json.marshal({"Statement": {"Effect": "Allow", "Principal": {"Federated": "accounts.google.com"}}})
	trust.deny == set() with input as testing.plan([testing.resource("aws_iam_policy", {"policy": policy})])
}

test_no_json_is_refused if {
	testing.brief(trust.deny) == {[address, "assume_role_policy", 0]} with input as testing.plan([testing.resource("aws_iam_role", {"assume_role_policy": "{"})])
}

test_an_unknown_trust_is_asked if {
	testing.brief(trust.deny) == {[address, "assume_role_policy", 1]} with input as testing.plan([testing.partly("aws_iam_role", {}, {"assume_role_policy": true})])
}

test_other_policies_are_no_matter_here if {
	trust.deny == set() with input as testing.plan([
		testing.resource("aws_iam_policy", {"policy": json.marshal({"Statement": {"Effect": "Allow", "Principal": "*"}})}),
		testing.resource("aws_iam_policy", {"policy": json.marshal({"Statement": {"Effect": "Allow", "Principal": github}})}),
		testing.resource("aws_iam_policy", {"policy": "{"}),
		testing.partly("aws_iam_policy", {}, {"policy": true}),
	])
}

test_every_address if {
	testing.addresses(trust.deny) == testing.kept_addresses("aws_iam_role") with input as testing.kept(role({"Principal": "*"}))
}

test_what_is_gone_is_allowed if trust.deny == set() with input as testing.gone(role({"Principal": "*"}))
