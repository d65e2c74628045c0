# METADATA
# title: Topics and queues are encrypted
# custom:
#   id: IG-ENC-06
#   severity: HIGH
#   runbook: runbooks/policies/IG-ENC-06.md
package infragate.encryption.messages

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan
import data.infragate.lib.references

rule := {"id": "IG-ENC-06", "severity": "HIGH"}

_types := {"aws_sns_topic", "aws_sqs_queue"}

_keys := {"aws_kms_alias", "aws_kms_key", "aws_kms_replica_key"}

deny contains finding.refuse(rule, rc.address, "kms_master_key_id", "It is not encrypted.") if {
	some rc in plan.planned(_types)
	arguments.is_missing(rc, ["kms_master_key_id"])
	not _is_managed(rc)
}

# A key that the same plan makes has no id yet.
deny contains finding.ask(rule, rc.address, "kms_master_key_id", "Its key is known only after the apply.") if {
	some rc in plan.planned(_types)
	arguments.is_later(rc, ["kms_master_key_id"])
	not references.refers_to(rc, "kms_master_key_id", _keys)
}

_is_managed(rc) if plan.value(rc, ["sqs_managed_sse_enabled"], null) == true
