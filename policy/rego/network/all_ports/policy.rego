# METADATA
# title: No rule lets traffic in on all ports
# custom:
#   id: IG-NET-02
#   severity: HIGH
#   runbook: runbooks/policies/IG-NET-02.md
package infragate.network.all_ports

import data.infragate.lib.finding
import data.infragate.lib.groups

rule := {"id": "IG-NET-02", "severity": "HIGH"}

deny contains finding.refuse(rule, entry.rc.address, entry.path, "It lets traffic in on all ports.") if {
	some entry in groups.rules
	entry.direction == "ingress"
	groups.covers_all_ports(entry)
}

deny contains finding.ask(rule, entry.rc.address, entry.path, "Its ports are known only after the apply.") if {
	some entry in groups.rules
	entry.direction == "ingress"
	"ports" in entry.blank
}
