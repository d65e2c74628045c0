# METADATA
# title: In a protected Environment databases have backups for long enough
# custom:
#   id: IG-BKP-01
#   severity: HIGH
#   runbook: runbooks/policies/IG-BKP-01.md
package infragate.backup.retention

import data.infragate.lib.arguments
import data.infragate.lib.context
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-BKP-01", "severity": "HIGH"}

_types := {"aws_db_instance", "aws_docdb_cluster", "aws_neptune_cluster", "aws_rds_cluster"}

deny contains finding.refuse(rule, rc.address, "backup_retention_period", text) if {
	context.protected
	some rc in _databases
	not _is_enough(plan.value(rc, ["backup_retention_period"], null))
	not arguments.is_later(rc, ["backup_retention_period"])
	text := sprintf("Its backups are kept for less than %d days.", [_days])
}

deny contains finding.ask(rule, rc.address, "backup_retention_period", "How long its backups are kept is known only after the apply.") if {
	context.protected
	some rc in _databases
	arguments.is_later(rc, ["backup_retention_period"])
}

_is_enough(days) if {
	is_number(days)
	days >= _days
}

_days := context.setting("backup_retention_days", 7)

# A replica has the backups of its source.
_databases := [rc |
	some rc in plan.planned(_types)
	plan.value(rc, ["replicate_source_db"], null) in {null, ""}
]
