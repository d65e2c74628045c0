# METADATA
# title: No rule lets traffic out to everywhere on all ports
# description: |
#   The ranges of prefix lists count as the rule's own. A list that the plan does not hold and no data source has looked up
#   needs an approval.
# custom:
#   id: IG-NET-03
#   severity: HIGH
#   runbook: runbooks/policies/IG-NET-03.md
package infragate.network.open_egress

import data.infragate.lib.finding
import data.infragate.lib.groups

rule := {"id": "IG-NET-03", "severity": "HIGH"}

deny contains finding.refuse(rule, entry.rc.address, entry.path, "It lets all traffic out to the whole internet.") if {
	some entry in _leaving
	groups.is_open(entry)
	groups.covers_all_ports(entry)
}

deny contains finding.ask(rule, entry.rc.address, entry.path, "The plan does not say where it lets traffic out to.") if {
	some entry in _leaving
	_is_open_later(entry)
}

deny contains finding.ask(rule, rc.address, "egress", "Where it lets traffic out to is known only after the apply.") if {
	some rc in groups.blank_groups("egress")
}

_leaving := [entry | some entry in groups.rules; entry.direction == "egress"]

# Unknown addresses on some ports, or unknown ports to some addresses, are no complaint of this rule.
_is_open_later(entry) if {
	"cidrs" in entry.blank
	groups.covers_all_ports(entry)
}

_is_open_later(entry) if {
	"ports" in entry.blank
	groups.is_open(entry)
}

_is_open_later(entry) if count(entry.blank) == 2
