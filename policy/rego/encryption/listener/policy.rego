# METADATA
# title: Plain HTTP is only redirected to HTTPS
# custom:
#   id: IG-ENC-07
#   severity: HIGH
#   runbook: runbooks/policies/IG-ENC-07.md
package infragate.encryption.listener

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan
import data.infragate.lib.references

rule := {"id": "IG-ENC-07", "severity": "HIGH"}

_listeners := plan.planned({"aws_alb_listener", "aws_lb_listener"})

deny contains finding.refuse(rule, rc.address, "default_action", "It serves plain HTTP. It may only redirect to HTTPS.") if {
	some rc in _listeners
	plan.value(rc, ["protocol"], null) == "HTTP"
	not _is_redirect(plan.value(rc, ["default_action"], []))
}

# Rules of a listener come before its default action.
deny contains finding.refuse(rule, rc.address, "action", "It serves plain HTTP. It may only redirect to HTTPS.") if {
	some rc in plan.planned({"aws_alb_listener_rule", "aws_lb_listener_rule"})
	some listener in _listeners
	_is_rule_of(rc, listener)
	plan.value(listener, ["protocol"], null) == "HTTP"
	not _is_redirect(plan.value(rc, ["action"], []))
}

deny contains finding.ask(rule, rc.address, "protocol", "Its protocol is known only after the apply.") if {
	some rc in _listeners
	arguments.is_later(rc, ["protocol"])
}

_is_rule_of(rc, listener) if references.node_of(listener) in references.links(rc, "listener_arn")

_is_rule_of(rc, listener) if plan.value(rc, ["listener_arn"], "") == plan.value(listener, ["arn"], null)

_is_redirect(actions) if {
	some _ in actions
	every action in actions {
		action.redirect[0].protocol == "HTTPS"
	}
}
