# METADATA
# title: In a protected Environment tables and buckets keep earlier versions
# custom:
#   id: IG-BKP-03
#   severity: HIGH
#   runbook: runbooks/policies/IG-BKP-03.md
package infragate.backup.history

import data.infragate.lib.arguments
import data.infragate.lib.buckets
import data.infragate.lib.context
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-BKP-03", "severity": "HIGH"}

_paths := {
	"aws_dynamodb_table": ["point_in_time_recovery", 0, "enabled"],
	"aws_s3_bucket_versioning": ["versioning_configuration", 0, "status"],
}

deny contains finding.refuse(rule, rc.address, path[0], "It keeps no earlier versions of its data.") if {
	context.protected
	some rc in plan.planned(object.keys(_paths))
	path := _paths[rc.type]
	not plan.value(rc, path, null) in {true, "Enabled"}
	not arguments.is_later(rc, path)
}

deny contains finding.ask(rule, rc.address, path[0], "Whether it keeps earlier versions is known only after the apply.") if {
	context.protected
	some rc in plan.planned(object.keys(_paths))
	path := _paths[rc.type]
	arguments.is_later(rc, path)
}

deny contains finding.refuse(rule, rc.address, "bucket", "It has no aws_s3_bucket_versioning.") if {
	context.protected
	some rc in buckets.without("aws_s3_bucket_versioning")
}
