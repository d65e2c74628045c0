# METADATA
# title: No database has a public address
# custom:
#   id: IG-PUB-01
#   severity: CRITICAL
#   runbook: runbooks/policies/IG-PUB-01.md
package infragate.public.database

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-PUB-01", "severity": "CRITICAL"}

_types := {
	"aws_db_instance",
	"aws_dms_replication_instance",
	"aws_docdb_cluster_instance",
	"aws_lightsail_database",
	"aws_mq_broker",
	"aws_neptune_cluster_instance",
	"aws_rds_cluster_instance",
	"aws_redshift_cluster",
	"aws_redshiftserverless_workgroup",
	"aws_timestreaminfluxdb_db_instance",
}

deny contains finding.refuse(rule, rc.address, "publicly_accessible", "It has a public address.") if {
	some rc in plan.planned(_types)
	arguments.is_on(rc, ["publicly_accessible"])
}

# Redshift is public unless it is told otherwise.
deny contains finding.refuse(rule, rc.address, "publicly_accessible", "It has a public address unless publicly_accessible is false.") if {
	some rc in plan.planned({"aws_redshift_cluster"})
	arguments.is_missing(rc, ["publicly_accessible"])
}

deny contains finding.ask(rule, rc.address, "publicly_accessible", "Whether it has a public address is known only after the apply.") if {
	some rc in plan.planned(_types)
	arguments.is_later(rc, ["publicly_accessible"])
}
