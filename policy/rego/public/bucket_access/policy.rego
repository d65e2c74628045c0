# METADATA
# title: Every bucket blocks public access
# custom:
#   id: IG-PUB-02
#   severity: HIGH
#   runbook: runbooks/policies/IG-PUB-02.md
package infragate.public.bucket_access

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan
import data.infragate.lib.references

rule := {"id": "IG-PUB-02", "severity": "HIGH"}

_flags := ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]

_blocks := plan.planned({"aws_s3_bucket_public_access_block"})

deny contains finding.refuse(rule, rc.address, flag, "It does not block public access.") if {
	some rc in _blocks
	some flag in _flags
	arguments.is_off(rc, [flag])
}

deny contains finding.ask(rule, rc.address, flag, "Whether it blocks public access is known only after the apply.") if {
	some rc in _blocks
	some flag in _flags
	arguments.is_later(rc, [flag])
}

deny contains finding.refuse(rule, rc.address, "bucket", "It has no aws_s3_bucket_public_access_block.") if {
	some rc in plan.planned({"aws_s3_bucket"})
	not _is_blocked(rc)
}

_is_blocked(rc) if {
	some block in _blocks
	plan.value(block, ["bucket"], null) == plan.value(rc, ["bucket"], "")
}

_is_blocked(rc) if {
	some block in _blocks
	references.node_of(rc) in references.links(block, "bucket")
}
