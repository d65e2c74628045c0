# METADATA
# title: Every taggable resource has the required tags
# custom:
#   id: IG-TAG-01
#   severity: HIGH
#   runbook: runbooks/policies/IG-TAG-01.md
package infragate.tags.required

import data.infragate.lib.context
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-TAG-01", "severity": "HIGH"}

# A resource can have tags if the provider gives it `tags_all`, in which the provider's default tags are too.
deny contains finding.refuse(rule, rc.address, "tags_all", text) if {
	some rc in plan.resources
	tags := plan.value(rc, ["tags_all"], "none")
	tags != "none"
	absent := {name |
		some name in _required
		not _is_tagged(rc, name)
	}
	count(absent) > 0
	text := sprintf("It has no tag %s.", [concat(", ", absent)])
}

deny contains finding.ask(rule, rc.address, "tags_all", "Its tags are known only after the apply.") if {
	some rc in plan.resources
	some name in _required
	plan.unknown(rc, ["tags_all", name])
}

_required := context.setting("required_tags", ["org", "env", "service", "version", "owner"])

_is_tagged(rc, name) if {
	text := plan.value(rc, ["tags_all", name], null)
	is_string(text)
	trim_space(text) != ""
}

_is_tagged(rc, name) if plan.unknown(rc, ["tags_all", name])
