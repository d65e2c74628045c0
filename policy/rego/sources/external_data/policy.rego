# METADATA
# title: No data source starts programs or asks addresses of the internet
# custom:
#   id: IG-SRC-03
#   severity: HIGH
#   runbook: runbooks/policies/IG-SRC-03.md
package infragate.sources.external_data

import data.infragate.lib.finding
import data.infragate.lib.plan
import data.infragate.lib.references

rule := {"id": "IG-SRC-03", "severity": "HIGH"}

deny contains finding.refuse(rule, node.address, "data", text) if {
	some node in references.all
	plan.is_data(node.resource)
	node.resource.type in {"external", "http"}
	text := sprintf("The data source %s runs during every plan, with what the plan can read.", [node.resource.type])
}
