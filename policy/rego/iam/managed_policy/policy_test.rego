package infragate.iam.managed_policy_test

import data.infragate.iam.managed_policy
import data.infragate.lib.testing

types := {
	"aws_iam_group_policy_attachment": "policy_arn",
	"aws_iam_policy_attachment": "policy_arn",
	"aws_iam_role": "managed_policy_arns",
	"aws_iam_role_policy_attachment": "policy_arn",
	"aws_iam_user_policy_attachment": "policy_arn",
	"aws_iam_group_policy_attachments_exclusive": "policy_arns",
	"aws_iam_role_policy_attachments_exclusive": "policy_arns",
	"aws_iam_user_policy_attachments_exclusive": "policy_arns",
	"aws_ssoadmin_managed_policy_attachment": "managed_policy_arn",
}

admin := "arn:aws:iam::aws:policy/AdministratorAccess"

attachment(arn) := testing.resource("aws_iam_role_policy_attachment", {"policy_arn": arn})

linked(reference) := testing.configured(
	[testing.partly("aws_iam_role_policy_attachment", {}, {"policy_arn": true})],
	{"resources": [{"address": "aws_iam_role_policy_attachment.this", "expressions": {"policy_arn": {"references": [reference]}}}]},
)

test_the_complaint if {
	managed_policy.deny == {{
		"id": "IG-IAM-05",
		"severity": "HIGH",
		"address": "aws_iam_role_policy_attachment.this",
		"path": "policy_arn",
		"msg": "It attaches arn:aws:iam::aws:policy/AdministratorAccess.",
	}} with input as testing.plan([attachment(admin)])
}

test_every_type_is_judged[type] if {
	some type, argument in types
	every value in [admin, ["arn:aws:iam::aws:policy/ReadOnlyAccess", admin]] {
		testing.brief(managed_policy.deny) == {[sprintf("%s.this", [type]), argument, 0]} with input as testing.plan([testing.resource(type, {argument: value})])
	}
	testing.brief(managed_policy.deny) == {[sprintf("%s.this", [type]), argument, 1]} with input as testing.plan([testing.partly(type, {}, {argument: true})])
}

test_a_powerful_policy_is_refused[arn] if {
	some arn in [
		"arn:aws:iam::aws:policy/IAMFullAccess",
		"arn:aws-cn:iam::aws:policy/PowerUserAccess",
		"arn:aws:iam::aws:policy/job-function/SystemAdministrator",
	]
	testing.brief(managed_policy.deny) == {["aws_iam_role_policy_attachment.this", "policy_arn", 0]} with input as testing.plan([attachment(arn)])
}

test_another_policy_is_allowed[note] if {
	some note, arn in {
		"of AWS": "arn:aws:iam::aws:policy/ReadOnlyAccess",
		"of the account": "arn:aws:iam::333333333333:policy/AdministratorAccess",
		"with something before": "x-arn:aws:iam::aws:policy/AdministratorAccess",
		"null": null,
		"a list with null": [null],
	}
	managed_policy.deny == set() with input as testing.plan([attachment(arn)])
}

test_no_policy_is_allowed if managed_policy.deny == set() with input as testing.plan([testing.resource("aws_iam_role", {})])

test_a_policy_of_the_same_plan_is_allowed if managed_policy.deny == set() with input as linked("aws_iam_policy.a.arn")

test_an_unknown_policy_is_asked if {
	testing.brief(managed_policy.deny) == {["aws_iam_role_policy_attachment.this", "policy_arn", 1]} with input as linked("var.arn")
}

test_other_types_are_allowed if managed_policy.deny == set() with input as testing.plan([testing.resource("aws_vpc", {"policy_arn": admin})])

test_every_address if {
	testing.addresses(managed_policy.deny) == testing.kept_addresses("aws_iam_role_policy_attachment") with input as testing.kept(attachment(admin))
}

test_what_is_gone_is_allowed if managed_policy.deny == set() with input as testing.gone(attachment(admin))
