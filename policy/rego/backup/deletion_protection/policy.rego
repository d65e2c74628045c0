# METADATA
# title: In a protected Environment nothing important can be deleted by mistake
# custom:
#   id: IG-BKP-02
#   severity: HIGH
#   runbook: runbooks/policies/IG-BKP-02.md
package infragate.backup.deletion_protection

import data.infragate.lib.arguments
import data.infragate.lib.context
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-BKP-02", "severity": "HIGH"}

_arguments := {
	"aws_alb": "enable_deletion_protection",
	"aws_db_instance": "deletion_protection",
	"aws_docdb_cluster": "deletion_protection",
	"aws_dynamodb_table": "deletion_protection_enabled",
	"aws_lb": "enable_deletion_protection",
	"aws_neptune_cluster": "deletion_protection",
	"aws_rds_cluster": "deletion_protection",
}

deny contains finding.refuse(rule, rc.address, argument, "It has no deletion protection.") if {
	context.protected
	some rc in plan.planned(object.keys(_arguments))
	argument := _arguments[rc.type]
	arguments.is_off(rc, [argument])
}

deny contains finding.ask(rule, rc.address, argument, "Whether it is protected from deletion is known only after the apply.") if {
	context.protected
	some rc in plan.planned(object.keys(_arguments))
	argument := _arguments[rc.type]
	arguments.is_later(rc, [argument])
}
