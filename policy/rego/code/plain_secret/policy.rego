# METADATA
# title: No secret is written in the code
# custom:
#   id: IG-COD-01
#   severity: CRITICAL
#   runbook: runbooks/policies/IG-COD-01.md
package infragate.code.plain_secret

import data.infragate.lib.finding
import data.infragate.lib.references

rule := {"id": "IG-COD-01", "severity": "CRITICAL"}

_names := {
	"access_key",
	"admin_password",
	"admin_user_password",
	"auth_token",
	"client_secret",
	"master_password",
	"password",
	"private_key",
	"secret_key",
	"secret_string",
	"token",
}

deny contains finding.refuse(rule, node.address, name, "The secret is written in the code.") if {
	some node in references.all
	some name in _names
	_is_written(node.resource.expressions[name])
}

deny contains finding.refuse(rule, full_name, name, "The secret is written in the code of the provider.") if {
	some provider in input.configuration.provider_config
	full_name := provider.full_name
	some name in _names
	_is_written(provider.expressions[name])
}

# A value that the code spells out; references and what is computed from them are no constants.
_is_written(expression) if {
	is_string(expression.constant_value)
	expression.constant_value != ""
}
