# METADATA
# title: No ACL of a bucket lets everybody in
# custom:
#   id: IG-PUB-03
#   severity: HIGH
#   runbook: runbooks/policies/IG-PUB-03.md
package infragate.public.bucket_acl

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-PUB-03", "severity": "HIGH"}

_types := {"aws_s3_bucket", "aws_s3_bucket_acl", "aws_s3_bucket_object", "aws_s3_object", "aws_s3_object_copy"}

# Type -> the block that has grants.
_grants := {
	"aws_s3_bucket": "grant",
	"aws_s3_bucket_acl": "access_control_policy",
	"aws_s3_object_copy": "grant",
}

_public := {"authenticated-read", "public-read", "public-read-write", "website"}

_everybody := {
	"http://acs.amazonaws.com/groups/global/AllUsers",
	"http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
}

deny contains finding.refuse(rule, rc.address, "acl", "Its ACL lets everybody in.") if {
	some rc in plan.planned(_types)
	plan.value(rc, ["acl"], null) in _public
}

deny contains finding.refuse(rule, rc.address, name, "It grants access to everybody.") if {
	some rc in plan.planned(object.keys(_grants))
	name := _grants[rc.type]
	walk(plan.value(rc, [name], []), [_, grantee])
	grantee.uri in _everybody
}

deny contains finding.ask(rule, rc.address, "acl", "Whom its ACL lets in is known only after the apply.") if {
	some rc in plan.planned(_types)
	arguments.is_later(rc, ["acl"])
}

deny contains finding.ask(rule, rc.address, name, "To whom it grants access is known only after the apply.") if {
	some rc in plan.planned(object.keys(_grants))
	name := _grants[rc.type]
	arguments.is_later(rc, [name])
}
