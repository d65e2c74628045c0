# METADATA
# title: Tags of a registry cannot be moved
# custom:
#   id: IG-IMG-03
#   severity: MEDIUM
#   runbook: runbooks/policies/IG-IMG-03.md
package infragate.images.registry

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-IMG-03", "severity": "MEDIUM"}

deny contains finding.refuse(rule, rc.address, "image_tag_mutability", "Its tags can be moved to another image.") if {
	some rc in plan.planned({"aws_ecr_repository"})
	not plan.value(rc, ["image_tag_mutability"], null) in {"IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"}
	not arguments.is_later(rc, ["image_tag_mutability"])
}

deny contains finding.ask(rule, rc.address, "image_tag_mutability", "Whether its tags can be moved is known only after the apply.") if {
	some rc in plan.planned({"aws_ecr_repository"})
	arguments.is_later(rc, ["image_tag_mutability"])
}
