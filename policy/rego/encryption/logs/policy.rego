# METADATA
# title: Log groups are encrypted with a key of KMS
# custom:
#   id: IG-ENC-04
#   severity: HIGH
#   runbook: runbooks/policies/IG-ENC-04.md
package infragate.encryption.logs

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan
import data.infragate.lib.references

rule := {"id": "IG-ENC-04", "severity": "HIGH"}

_types := {"aws_cloudwatch_log_group"}

_keys := {"aws_kms_alias", "aws_kms_key", "aws_kms_replica_key"}

deny contains finding.refuse(rule, rc.address, "kms_key_id", "It is not encrypted with a key of KMS.") if {
	some rc in plan.planned(_types)
	arguments.is_missing(rc, ["kms_key_id"])
}

# A key that the same plan makes has no id yet.
deny contains finding.ask(rule, rc.address, "kms_key_id", "Its key is known only after the apply.") if {
	some rc in plan.planned(_types)
	arguments.is_later(rc, ["kms_key_id"])
	not references.refers_to(rc, "kms_key_id", _keys)
}
