# METADATA
# title: Every role and user has a permissions boundary
# custom:
#   id: IG-IAM-03
#   severity: HIGH
#   runbook: runbooks/policies/IG-IAM-03.md
package infragate.iam.boundary

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan
import data.infragate.lib.references

rule := {"id": "IG-IAM-03", "severity": "HIGH"}

_types := {"aws_iam_role", "aws_iam_user"}

deny contains finding.refuse(rule, rc.address, "permissions_boundary", "It has no permissions boundary.") if {
	some rc in plan.planned(_types)
	arguments.is_missing(rc, ["permissions_boundary"])
}

# A boundary that the same plan makes has no ARN yet.
deny contains finding.ask(rule, rc.address, "permissions_boundary", "Its boundary is known only after the apply.") if {
	some rc in plan.planned(_types)
	arguments.is_later(rc, ["permissions_boundary"])
	not references.refers_to(rc, "permissions_boundary", {"aws_iam_policy"})
}
