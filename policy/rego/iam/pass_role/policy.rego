# METADATA
# title: Only named roles can be passed to a service
# custom:
#   id: IG-IAM-02
#   severity: HIGH
#   runbook: runbooks/policies/IG-IAM-02.md
package infragate.iam.pass_role

import data.infragate.lib.documents
import data.infragate.lib.finding

rule := {"id": "IG-IAM-02", "severity": "HIGH"}

deny contains finding.refuse(rule, entry.rc.address, entry.path, "Its policy allows iam:PassRole for any role.") if {
	some entry in documents.statements(documents.identity)
	entry.statement.Effect == "Allow"
	some action in entry.statement.Action
	documents.matches(action, "iam:PassRole")
	_is_any_role(entry.statement)
}

_is_any_role(statement) if {
	some resource in statement.Resource
	not regex.match(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*?]`, resource)
	not _is_elsewhere(resource)
}

_is_any_role(statement) if statement.NotResource

# Something of another service: no role.
_is_elsewhere(resource) if {
	regex.match(`^arn:[a-z-]+:[a-z0-9-]+:`, resource)
	split(resource, ":")[2] != "iam"
}
