# METADATA
# title: No policy allows every action
# custom:
#   id: IG-IAM-01
#   severity: CRITICAL
#   runbook: runbooks/policies/IG-IAM-01.md
package infragate.iam.star

import data.infragate.lib.documents
import data.infragate.lib.finding

rule := {"id": "IG-IAM-01", "severity": "CRITICAL"}

deny contains finding.refuse(rule, entry.rc.address, entry.path, "Its policy allows every action.") if {
	some entry in documents.statements(documents.identity)
	entry.statement.Effect == "Allow"
	some action in entry.statement.Action
	regex.match(`^[*?]+(:[*?]+)?$`, action)
}

deny contains finding.refuse(rule, entry.rc.address, entry.path, "Its policy allows everything but some actions (NotAction).") if {
	some entry in documents.statements(documents.identity)
	entry.statement.Effect == "Allow"
	entry.statement.NotAction
}

deny contains finding.refuse(rule, document.rc.address, document.path, "Its policy is no JSON.") if {
	some document in documents.broken(documents.identity)
}

# What the boundary of the role does not allow, the policy cannot grant.
deny contains finding.ask(rule, document.rc.address, document.path, "Its policy is known only after the apply.") if {
	some document in documents.blank(documents.identity)
	not documents.is_bounded(document.rc)
}
