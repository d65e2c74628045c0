# METADATA
# title: A load balancer is internal where it must be
# custom:
#   id: IG-PUB-05
#   severity: HIGH
#   runbook: runbooks/policies/IG-PUB-05.md
package infragate.public.load_balancer

import data.infragate.lib.arguments
import data.infragate.lib.context
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-PUB-05", "severity": "HIGH"}

_types := {"aws_alb", "aws_elb", "aws_lb"}

deny contains finding.refuse(rule, rc.address, "internal", "It faces the internet, and here only internal ones are allowed.") if {
	context.setting("internal_load_balancers", false)
	some rc in plan.planned(_types)
	arguments.is_off(rc, ["internal"])
}

deny contains finding.ask(rule, rc.address, "internal", "Whether it faces the internet is known only after the apply.") if {
	context.setting("internal_load_balancers", false)
	some rc in plan.planned(_types)
	arguments.is_later(rc, ["internal"])
}
