# METADATA
# title: Databases are encrypted at rest
# custom:
#   id: IG-ENC-01
#   severity: HIGH
#   runbook: runbooks/policies/IG-ENC-01.md
package infragate.encryption.database

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-ENC-01", "severity": "HIGH"}

_arguments := {
	"aws_db_instance": "storage_encrypted",
	"aws_docdb_cluster": "storage_encrypted",
	"aws_elasticache_replication_group": "at_rest_encryption_enabled",
	"aws_neptune_cluster": "storage_encrypted",
	"aws_rds_cluster": "storage_encrypted",
	"aws_redshift_cluster": "encrypted",
}

deny contains finding.refuse(rule, rc.address, argument, "It is not encrypted at rest.") if {
	some rc in plan.planned(object.keys(_arguments))
	argument := _arguments[rc.type]
	arguments.is_off(rc, [argument])
}

deny contains finding.ask(rule, rc.address, argument, "Whether it is encrypted is known only after the apply.") if {
	some rc in plan.planned(object.keys(_arguments))
	argument := _arguments[rc.type]
	arguments.is_later(rc, [argument])
}
