# METADATA
# title: No permanent keys and passwords of users
# custom:
#   id: IG-IAM-06
#   severity: HIGH
#   runbook: runbooks/policies/IG-IAM-06.md
package infragate.iam.access_key

import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-IAM-06", "severity": "HIGH"}

_types := {"aws_iam_access_key", "aws_iam_service_specific_credential", "aws_iam_user_login_profile"}

# The secret of these stays with the user.
_keys := {"aws_iam_signing_certificate", "aws_iam_user_ssh_key"}

deny contains finding.refuse(rule, rc.address, "user", "It is a permanent credential. Use a role.") if {
	some rc in plan.planned(_keys)
}

deny contains finding.refuse(rule, rc.address, "user", "It is a permanent credential, and its secret would lie in the state. Use a role.") if {
	some rc in plan.planned(_types)
}
