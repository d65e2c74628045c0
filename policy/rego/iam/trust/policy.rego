# METADATA
# title: A role says who may assume it
# custom:
#   id: IG-IAM-04
#   severity: CRITICAL
#   runbook: runbooks/policies/IG-IAM-04.md
package infragate.iam.trust

import data.infragate.lib.documents
import data.infragate.lib.finding

rule := {"id": "IG-IAM-04", "severity": "CRITICAL"}

deny contains finding.refuse(rule, entry.rc.address, entry.path, "Anybody may assume it.") if {
	some entry in documents.statements(documents.trust)
	entry.statement.Effect == "Allow"
	_is_anybody(entry.statement)
}

deny contains finding.refuse(rule, entry.rc.address, entry.path, "Every repository of the provider may assume it: no condition on sub.") if {
	some entry in documents.statements(documents.trust)
	entry.statement.Effect == "Allow"
	some principal in documents.principals(entry.statement)
	regex.match(`Federated:.*:oidc-provider/`, principal)
	not _has_subject(entry.statement)
}

# Providers of web identities that have no ARN: an identity of any application may come.
deny contains finding.refuse(rule, entry.rc.address, entry.path, "Every application of the provider may assume it: no condition on aud.") if {
	some entry in documents.statements(documents.trust)
	entry.statement.Effect == "Allow"
	some principal in documents.principals(entry.statement)
	principal in {
		"Federated:accounts.google.com",
		"Federated:cognito-identity.amazonaws.com",
		"Federated:graph.facebook.com",
		"Federated:www.amazon.com",
	}
	not _has_audience(entry.statement)
}

_has_audience(statement) if {
	some operator in ["StringEquals", "ForAnyValue:StringEquals"]
	some key, _ in statement.Condition[operator]
	regex.match(`:(aud|app_id)$`, key)
}

deny contains finding.refuse(rule, document.rc.address, document.path, "Its trust policy is no JSON.") if {
	some document in documents.broken(documents.trust)
}

deny contains finding.ask(rule, document.rc.address, document.path, "Who may assume it is known only after the apply.") if {
	some document in documents.blank(documents.trust)
}

_is_anybody(statement) if documents.principals(statement) & {"*", "AWS:*", "Federated:*"} != set()

_is_anybody(statement) if statement.NotPrincipal

_has_subject(statement) if {
	some operator in ["ForAnyValue:StringLike", "StringEquals", "StringLike"]
	some key, values in statement.Condition[operator]
	endswith(key, ":sub")
	every value in documents.listed(values) {
		not regex.match(`^(repo:)?[*]`, value)
	}
}
