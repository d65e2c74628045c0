# METADATA
# title: Every bucket blocks public access
# custom:
#   id: IG-PUB-02
#   severity: HIGH
#   runbook: runbooks/policies/IG-PUB-02.md
package infragate.public.bucket_access

import data.infragate.lib.arguments
import data.infragate.lib.buckets
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-PUB-02", "severity": "HIGH"}

_flags := ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]

_type := "aws_s3_bucket_public_access_block"

deny contains finding.refuse(rule, rc.address, flag, "It does not block public access.") if {
	some rc in plan.planned({_type})
	some flag in _flags
	arguments.is_off(rc, [flag])
}

deny contains finding.ask(rule, rc.address, flag, "Whether it blocks public access is known only after the apply.") if {
	some rc in plan.planned({_type})
	some flag in _flags
	arguments.is_later(rc, [flag])
}

deny contains finding.refuse(rule, rc.address, "bucket", "It has no aws_s3_bucket_public_access_block.") if {
	some rc in buckets.without(_type)
}
