# METADATA
# title: No provisioner runs programs
# custom:
#   id: IG-SRC-04
#   severity: HIGH
#   runbook: runbooks/policies/IG-SRC-04.md
package infragate.sources.provisioner

import data.infragate.lib.finding
import data.infragate.lib.references

rule := {"id": "IG-SRC-04", "severity": "HIGH"}

deny contains finding.refuse(rule, node.address, "provisioner", text) if {
	some node in references.all
	some provisioner in node.resource.provisioners
	text := sprintf("The provisioner %s runs programs during the apply, with its credentials.", [provisioner.type])
}
