# METADATA
# title: The tag env names the Environment that the plan is for
# custom:
#   id: IG-TAG-02
#   severity: HIGH
#   runbook: runbooks/policies/IG-TAG-02.md
package infragate.tags.environment

import data.infragate.lib.context
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-TAG-02", "severity": "HIGH"}

deny contains finding.refuse(rule, rc.address, "tags_all.env", text) if {
	some rc in plan.resources
	named := plan.value(rc, ["tags_all", "env"], context.environment)
	named != context.environment
	is_string(context.environment)
	text := sprintf("Its tag env says %v, and the plan is for %s.", [named, context.environment])
}
