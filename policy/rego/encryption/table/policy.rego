# METADATA
# title: DynamoDB tables are encrypted with a key of KMS
# custom:
#   id: IG-ENC-05
#   severity: HIGH
#   runbook: runbooks/policies/IG-ENC-05.md
package infragate.encryption.table

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-ENC-05", "severity": "HIGH"}

_path := ["server_side_encryption", 0, "enabled"]

deny contains finding.refuse(rule, rc.address, _path[0], "It is not encrypted with a key of KMS.") if {
	some rc in plan.planned({"aws_dynamodb_table"})
	arguments.is_off(rc, _path)
}

deny contains finding.ask(rule, rc.address, _path[0], "Whether it is encrypted is known only after the apply.") if {
	some rc in plan.planned({"aws_dynamodb_table"})
	arguments.is_later(rc, _path)
}
