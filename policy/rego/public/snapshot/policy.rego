# METADATA
# title: No snapshot and no image is shared with everybody
# custom:
#   id: IG-PUB-07
#   severity: CRITICAL
#   runbook: runbooks/policies/IG-PUB-07.md
package infragate.public.snapshot

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-PUB-07", "severity": "CRITICAL"}

_arguments := {
	"aws_ami_launch_permission": "group",
	"aws_db_cluster_snapshot": "shared_accounts",
	"aws_db_snapshot": "shared_accounts",
	"aws_db_snapshot_copy": "shared_accounts",
	"aws_rds_cluster_snapshot_copy": "shared_accounts",
}

deny contains finding.refuse(rule, rc.address, argument, "It is shared with everybody.") if {
	some rc in plan.planned(object.keys(_arguments))
	argument := _arguments[rc.type]
	_is_all(plan.value(rc, [argument], null))
}

deny contains finding.ask(rule, rc.address, argument, "With whom it is shared is known only after the apply.") if {
	some rc in plan.planned(object.keys(_arguments))
	argument := _arguments[rc.type]
	arguments.is_later(rc, [argument])
}

_is_all(value) if value == "all"

_is_all(value) if "all" in value
