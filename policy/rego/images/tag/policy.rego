# METADATA
# title: An image has a tag, and not latest
# custom:
#   id: IG-IMG-01
#   severity: HIGH
#   runbook: runbooks/policies/IG-IMG-01.md
package infragate.images.tag

import data.infragate.lib.finding
import data.infragate.lib.images

rule := {"id": "IG-IMG-01", "severity": "HIGH"}

deny contains finding.refuse(rule, entry.rc.address, entry.path, text) if {
	some entry in images.images
	not images.has_digest(entry.image)
	images.tag_of(entry.image) in {"", "latest"}
	text := sprintf("Its image %s has no tag, or the tag latest.", [entry.image])
}

deny contains finding.refuse(rule, rc.address, "container_definitions", "Its container_definitions are no JSON.") if {
	some rc in images.broken
}

deny contains finding.ask(rule, entry.rc.address, entry.path, "Its image is known only after the apply.") if {
	some entry in images.blank
}
