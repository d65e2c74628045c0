# METADATA
# title: No task and no instance has a public address
# custom:
#   id: IG-PUB-06
#   severity: HIGH
#   runbook: runbooks/policies/IG-PUB-06.md
package infragate.public.task

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-PUB-06", "severity": "HIGH"}

# Where in these types the argument is differs: anywhere below the resource counts.
_types := {
	"aws_cloudwatch_event_target",
	"aws_ecs_service",
	"aws_ecs_task_set",
	"aws_instance",
	"aws_launch_template",
	"aws_scheduler_schedule",
}

_names := {"assign_public_ip", "associate_public_ip_address"}

deny contains finding.refuse(rule, rc.address, name, "It gets a public address.") if {
	some rc in plan.planned(_types)
	walk(rc.change.after, [path, value])
	some name in _names
	path[count(path) - 1] == name
	value in {true, "true"}
}

deny contains finding.ask(rule, rc.address, name, "Whether it gets a public address is known only after the apply.") if {
	some rc in plan.planned(_types)
	walk(rc.change.after_unknown, [path, _])
	some name in _names
	path[count(path) - 1] == name
	arguments.is_later(rc, path)
}

deny contains finding.ask(rule, rc.address, "network_configuration", _text) if {
	some rc in plan.planned(_types)
	arguments.is_later(rc, ["network_configuration"])
}

_text := "Whether it gets a public address is known only after the apply."
