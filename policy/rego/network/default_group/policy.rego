# METADATA
# title: The default security group of a network lets nothing through
# custom:
#   id: IG-NET-06
#   severity: MEDIUM
#   runbook: runbooks/policies/IG-NET-06.md
package infragate.network.default_group

import data.infragate.lib.finding
import data.infragate.lib.groups
import data.infragate.lib.plan

rule := {"id": "IG-NET-06", "severity": "MEDIUM"}

deny contains finding.refuse(rule, rc.address, direction, "The default security group has rules. What uses it has no group of its own.") if {
	some rc in plan.planned({"aws_default_security_group"})
	some direction in ["ingress", "egress"]
	some _ in plan.value(rc, [direction], [])
}

deny contains finding.ask(rule, rc.address, direction, "Its rules are known only after the apply.") if {
	some direction in ["ingress", "egress"]
	some rc in groups.blank_groups(direction)
	rc.type == "aws_default_security_group"
}
