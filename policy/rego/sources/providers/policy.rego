# METADATA
# title: Only providers of the allow list are used
# custom:
#   id: IG-SRC-02
#   severity: HIGH
#   runbook: runbooks/policies/IG-SRC-02.md
package infragate.sources.providers

import data.infragate.lib.context
import data.infragate.lib.finding

rule := {"id": "IG-SRC-02", "severity": "HIGH"}

deny contains finding.refuse(rule, name, "provider", text) if {
	some name in _used
	not name in _allowed
	text := sprintf("The provider %s is not on the allow list.", [name])
}

_used := {provider.full_name | some provider in input.configuration.provider_config} | {rc.provider_name |
	some rc in input.resource_changes
}

_allowed := {name | some name in context.setting("providers", _default)}

_default := [
	"registry.opentofu.org/hashicorp/aws",
	"registry.terraform.io/hashicorp/aws",
	"terraform.io/builtin/terraform",
]
