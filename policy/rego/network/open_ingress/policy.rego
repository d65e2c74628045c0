# METADATA
# title: Nothing is open to the internet but ports 80 and 443 of a load balancer
# description: |
#   The ranges of prefix lists count as the rule's own. A list that the plan does not hold and no data source has looked up
#   needs an approval.
# custom:
#   id: IG-NET-01
#   severity: HIGH
#   runbook: runbooks/policies/IG-NET-01.md
package infragate.network.open_ingress

import data.infragate.lib.finding
import data.infragate.lib.groups

rule := {"id": "IG-NET-01", "severity": "HIGH"}

_text := "It lets the whole internet in. Only ports 80 and 443 of a load balancer's group may be open to everybody."

deny contains finding.refuse(rule, opening.rc.address, opening.path, _text) if {
	some opening in _open
	not _is_web(opening)
}

deny contains finding.ask(rule, entry.rc.address, entry.path, "The plan does not say whom it lets in.") if {
	some entry in groups.rules
	entry.direction == "ingress"
	"cidrs" in entry.blank
}

deny contains finding.ask(rule, rc.address, "ingress", "Whom it lets in is known only after the apply.") if {
	some rc in groups.blank_groups("ingress")
}

deny contains finding.ask(rule, opening.rc.address, opening.path, _which) if {
	some opening in _open
	_is_web(opening)
	groups.is_ambiguous(opening, groups.balancers)
}

_which := "It lets the whole internet in, and the plan cannot say whether its group is the load balancer's."

_open := [entry |
	some entry in groups.rules
	entry.direction == "ingress"
	groups.is_open(entry)
]

_is_web(entry) if {
	entry.protocol in {"tcp", "6"}
	entry.from in {80, 443}
	entry.to == entry.from
	groups.is_group_of(entry, groups.balancers)
}
