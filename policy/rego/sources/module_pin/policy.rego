# METADATA
# title: Modules are pinned by the tag of a release
# custom:
#   id: IG-SRC-01
#   severity: HIGH
#   runbook: runbooks/policies/IG-SRC-01.md
package infragate.sources.module_pin

import data.infragate.lib.finding
import data.infragate.lib.references

rule := {"id": "IG-SRC-01", "severity": "HIGH"}

deny contains finding.refuse(rule, entry.address, "source", text) if {
	some entry in references.calls
	not _is_local(entry.call)
	not _is_tagged(entry.call)
	not _is_exact(entry.call)
	text := sprintf("Its source %s is not pinned by the tag of a release.", [entry.call.source])
}

_is_local(call) if regex.match(`^[.]{1,2}/`, call.source)

_is_tagged(call) if regex.match(
	`^(git::|git@|github\.com/|bitbucket\.org/)[^?]*[?](.*&)?ref=v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?(&|$)`,
	call.source,
)

# A module of a registry, in one version.
_is_exact(call) if {
	is_string(call.version_constraint)
	regex.match(`^([0-9a-z-]+[.][0-9a-z.-]+/)?[0-9A-Za-z_-]+/[0-9A-Za-z_-]+/[0-9a-z]+(//.*)?$`, call.source)
	regex.match(`^=? *[0-9]+\.[0-9]+\.[0-9]+$`, call.version_constraint)
}
