# METADATA
# title: No policy of AWS that allows nearly everything is attached
# custom:
#   id: IG-IAM-05
#   severity: HIGH
#   runbook: runbooks/policies/IG-IAM-05.md
package infragate.iam.managed_policy

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan
import data.infragate.lib.references

rule := {"id": "IG-IAM-05", "severity": "HIGH"}

_arguments := {
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

_powerful := `^arn:aws[a-z-]*:iam::aws:policy/(job-function/)?(AdministratorAccess|IAMFullAccess|PowerUserAccess|SystemAdministrator)`

deny contains finding.refuse(rule, rc.address, argument, text) if {
	some rc in plan.planned(object.keys(_arguments))
	argument := _arguments[rc.type]
	some arn in _listed(plan.value(rc, [argument], []))
	is_string(arn)
	regex.match(_powerful, arn)
	text := sprintf("It attaches %s.", [arn])
}

deny contains finding.ask(rule, rc.address, argument, "Its policy is known only after the apply.") if {
	some rc in plan.planned(object.keys(_arguments))
	argument := _arguments[rc.type]
	arguments.is_later(rc, [argument])
	not references.refers_to(rc, argument, {"aws_iam_policy"})
}

_listed(value) := value if is_array(value)

_listed(value) := [value] if is_string(value)
