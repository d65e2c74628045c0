# METADATA
# title: Buckets are encrypted with a key of KMS
# custom:
#   id: IG-ENC-02
#   severity: HIGH
#   runbook: runbooks/policies/IG-ENC-02.md
package infragate.encryption.bucket

import data.infragate.lib.buckets
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-ENC-02", "severity": "HIGH"}

_type := "aws_s3_bucket_server_side_encryption_configuration"

_algorithm := ["apply_server_side_encryption_by_default", 0, "sse_algorithm"]

deny contains finding.refuse(rule, rc.address, "bucket", text) if {
	some rc in buckets.without(_type)
	text := sprintf("It has no %s.", [_type])
}

deny contains finding.refuse(rule, rc.address, "rule", "It does not encrypt with a key of KMS (sse_algorithm is not aws:kms).") if {
	some rc in plan.planned({_type})
	some index, _ in plan.value(rc, ["rule"], [])
	path := array.concat(["rule", index], _algorithm)
	not plan.value(rc, path, null) in {"aws:kms", "aws:kms:dsse"}
	not plan.unknown(rc, path)
}

deny contains finding.ask(rule, rc.address, "rule", "How it encrypts is known only after the apply.") if {
	some rc in plan.planned({_type})
	some index in [0, 1]
	plan.unknown(rc, array.concat(["rule", index], _algorithm))
}
