# METADATA
# title: A database cannot reach the internet
# description: |
#   The ranges of prefix lists count as the rule's own. A list that the plan does not hold and no data source has looked up
#   needs an approval.
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

deny contains finding.ask(rule, entry.rc.address, entry.path, "The plan does not say where it lets a database reach.") if {
	some entry in _leaving
	"cidrs" in entry.blank
}

_leaving := [entry |
	some entry in groups.rules
	entry.direction == "egress"
	groups.is_group_of(entry, groups.databases)
]
