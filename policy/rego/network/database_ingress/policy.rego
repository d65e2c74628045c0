# METADATA
# title: A database lets in security groups, not addresses
# description: |
#   The ranges of prefix lists count as the rule's own. A list that the plan does not hold and no data source has looked up
#   needs an approval.
# custom:
#   id: IG-NET-05
#   severity: HIGH
#   runbook: runbooks/policies/IG-NET-05.md
package infragate.network.database_ingress

import data.infragate.lib.finding
import data.infragate.lib.groups

rule := {"id": "IG-NET-05", "severity": "HIGH"}

deny contains finding.refuse(rule, entry.rc.address, entry.path, text) if {
	some entry in groups.rules
	entry.direction == "ingress"
	groups.is_group_of(entry, groups.databases)
	some cidr in entry.cidrs
	is_string(cidr)
	text := sprintf("It lets the addresses %s into a database. Name the security group of the application instead.", [cidr])
}

deny contains finding.ask(rule, entry.rc.address, entry.path, "The plan does not say whom it lets into a database.") if {
	some entry in groups.rules
	entry.direction == "ingress"
	groups.is_group_of(entry, groups.databases)
	"cidrs" in entry.blank
}
