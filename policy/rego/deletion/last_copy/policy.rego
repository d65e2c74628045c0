# METADATA
# title: In a protected Environment data survives the deletion of what holds it
# custom:
#   id: IG-DEL-02
#   severity: HIGH
#   runbook: runbooks/policies/IG-DEL-02.md
package infragate.deletion.last_copy

import data.infragate.lib.arguments
import data.infragate.lib.context
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-DEL-02", "severity": "HIGH"}

# Argument -> the value that loses the data.
_arguments := {
	"aws_backup_vault": {"force_destroy": true},
	"aws_db_instance": {"skip_final_snapshot": true},
	"aws_docdb_cluster": {"skip_final_snapshot": true},
	"aws_ecr_repository": {"force_delete": true},
	"aws_neptune_cluster": {"skip_final_snapshot": true},
	"aws_rds_cluster": {"skip_final_snapshot": true},
	"aws_redshift_cluster": {"skip_final_snapshot": true},
	"aws_s3_bucket": {"force_destroy": true},
	"aws_secretsmanager_secret": {"recovery_window_in_days": 0},
}

deny contains finding.refuse(rule, rc.address, argument, text) if {
	context.protected
	some rc in plan.planned(object.keys(_arguments))
	some argument, value in _arguments[rc.type]
	plan.value(rc, [argument], null) == value
	text := sprintf("%s = %v: its data would not outlive it.", [argument, value])
}

deny contains finding.ask(rule, rc.address, argument, "Whether its data outlives it is known only after the apply.") if {
	context.protected
	some rc in plan.planned(object.keys(_arguments))
	some argument, _ in _arguments[rc.type]
	arguments.is_later(rc, [argument])
}
