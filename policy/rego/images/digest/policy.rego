# METADATA
# title: In a protected Environment an image is named by its digest
# custom:
#   id: IG-IMG-02
#   severity: HIGH
#   runbook: runbooks/policies/IG-IMG-02.md
package infragate.images.digest

import data.infragate.lib.context
import data.infragate.lib.finding
import data.infragate.lib.images

rule := {"id": "IG-IMG-02", "severity": "HIGH"}

deny contains finding.refuse(rule, entry.rc.address, entry.path, text) if {
	context.protected
	some entry in images.images
	not images.has_digest(entry.image)
	text := sprintf("Its image %s can change: it is not named by its digest.", [entry.image])
}

deny contains finding.ask(rule, entry.rc.address, entry.path, "Its image is known only after the apply.") if {
	context.protected
	some entry in images.blank
}
