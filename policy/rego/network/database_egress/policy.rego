# METADATA
# title: A database cannot reach the internet
# custom:
#   id: IG-NET-04
#   severity: HIGH
#   runbook: runbooks/policies/IG-NET-04.md
package infragate.network.database_egress

import data.infragate.lib.finding
import data.infragate.lib.groups

rule := {"id": "IG-NET-04", "severity": "HIGH"}

deny contains finding.refuse(rule, entry.rc.address, entry.path, "It lets a database reach the whole internet.") if {
	some entry in _leaving
	groups.is_open(entry)
}

deny contains finding.ask(rule, entry.rc.address, entry.path, "Where it lets a database reach is known only after the apply.") if {
	some entry in _leaving
	"cidrs" in entry.blank
}

_leaving := [entry |
	some entry in groups.rules
	entry.direction == "egress"
	groups.is_group_of(entry, groups.databases)
]
