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

# Type -> the argument that names the user.
_arguments := {
	"aws_iam_access_key": "user",
	"aws_iam_service_specific_credential": "user_name",
	"aws_iam_user_login_profile": "user",
}

# The secret of these stays with the user.
_keys := {
	"aws_iam_signing_certificate": "user_name",
	"aws_iam_user_ssh_key": "username",
}

deny contains finding.refuse(rule, rc.address, _keys[rc.type], "It is a permanent credential. Use a role.") if {
	some rc in plan.planned(object.keys(_keys))
}

deny contains finding.refuse(rule, rc.address, _arguments[rc.type], _text) if {
	some rc in plan.planned(object.keys(_arguments))
}

_text := "It is a permanent credential, and its secret would lie in the state. Use a role."
