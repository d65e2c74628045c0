# METADATA
# title: Which part belongs to which bucket
# description: |
#   The settings of a bucket are resources of their own. They name the bucket, or refer to it while it has no name yet.
package infragate.lib.buckets

import data.infragate.lib.plan
import data.infragate.lib.references

is_part_of(part, bucket) if {
	name := plan.value(bucket, ["bucket"], null)
	is_string(name)
	plan.value(part, ["bucket"], null) == name
}

is_part_of(part, bucket) if references.node_of(bucket) in references.links(part, "bucket")

# Buckets that have no such part.
without(type) := [bucket |
	some bucket in plan.planned({"aws_s3_bucket"})
	not _has(bucket, type)
]

_has(bucket, type) if {
	some part in plan.planned({type})
	is_part_of(part, bucket)
}
