# METADATA
# title: No policy of a resource lets everybody in
# custom:
#   id: IG-PUB-04
#   severity: HIGH
#   runbook: runbooks/policies/IG-PUB-04.md
package infragate.public.resource_policy

import data.infragate.lib.documents
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-PUB-04", "severity": "HIGH"}

deny contains finding.refuse(rule, entry.rc.address, entry.path, "Its policy lets everybody in.") if {
	some entry in documents.statements(documents.resource)
	entry.statement.Effect == "Allow"
	_is_everybody(entry.statement)
	not _is_limited(entry.statement)
}

deny contains finding.refuse(rule, document.rc.address, document.path, "Its policy is no JSON.") if {
	some document in documents.broken(documents.resource)
}

deny contains finding.ask(rule, document.rc.address, document.path, "Its policy is known only after the apply.") if {
	some document in documents.blank(documents.resource)
}

deny contains finding.refuse(rule, rc.address, "principal", "It lets everybody call the function.") if {
	some rc in plan.planned({"aws_lambda_permission"})
	plan.value(rc, ["principal"], null) == "*"
	plan.value(rc, ["principal_org_id"], null) in {null, ""}
}

deny contains finding.refuse(rule, rc.address, "principal", "It lets everybody read the layer.") if {
	some rc in plan.planned({"aws_lambda_layer_version_permission"})
	plan.value(rc, ["principal"], null) == "*"
	plan.value(rc, ["organization_id"], null) in {null, ""}
}

_is_everybody(statement) if documents.principals(statement) & {"*", "AWS:*"} != set()

_is_everybody(statement) if statement.NotPrincipal

# Conditions that name who may come: an account, an organisation, a network or a source.
_is_limited(statement) if {
	some operator, compared in statement.Condition
	not startswith(operator, "Null")
	some key, _ in compared
	lower(key) in {
		"aws:principalaccount",
		"aws:principalarn",
		"aws:principalorgid",
		"aws:sourceaccount",
		"aws:sourcearn",
		"aws:sourceorgid",
		"aws:sourcevpc",
		"aws:sourcevpce",
		"kms:calleraccount",
	}
}
