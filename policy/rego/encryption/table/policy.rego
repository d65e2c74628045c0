# METADATA
# title: DynamoDB tables are encrypted with a key of KMS
# custom:
#   id: IG-ENC-05
#   severity: HIGH
#   runbook: runbooks/policies/IG-ENC-05.md
package infragate.encryption.table

import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-ENC-05", "severity": "HIGH"}

_path := ["server_side_encryption", 0, "enabled"]

deny contains finding.refuse(rule, rc.address, "server_side_encryption", "It is not encrypted with a key of KMS.") if {
	some rc in plan.planned({"aws_dynamodb_table"})
	not plan.value(rc, _path, null) == true
	not plan.unknown(rc, _path)
}

deny contains finding.refuse(rule, rc.address, "server_side_encryption", "It is not encrypted with a key of KMS.") if {
	some rc in plan.planned({"aws_dynamodb_table"})
	plan.unknown(rc, ["server_side_encryption"])
}

deny contains finding.ask(rule, rc.address, "server_side_encryption", "Whether it is encrypted is known only after the apply.") if {
	some rc in plan.planned({"aws_dynamodb_table"})
	plan.unknown(rc, _path)
	not plan.unknown(rc, ["server_side_encryption"])
}
