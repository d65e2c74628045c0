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

_types := {"aws_s3_bucket", "aws_s3_bucket_acl", "aws_s3_object", "aws_s3_object_copy"}

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
	some rc in plan.planned(_types)
	some name in ["access_control_policy", "grant"]
	walk(plan.value(rc, [name], []), [_, grantee])
	grantee.uri in _everybody
}

deny contains finding.ask(rule, rc.address, name, "Whom its ACL lets in is known only after the apply.") if {
	some rc in plan.planned(_types)
	some name in ["access_control_policy", "acl", "grant"]
	arguments.is_later(rc, [name])
}
