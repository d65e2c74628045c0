package infragate.encryption.listener_test

import data.infragate.encryption.listener
import data.infragate.lib.testing

forward := [{"type": "forward", "redirect": []}]

redirect := [{"type": "redirect", "redirect": [{"protocol": "HTTPS"}]}]

http(actions) := testing.resource("aws_lb_listener", {"arn": "arn:1", "protocol": "HTTP", "default_action": actions})

test_the_complaint if {
	listener.deny == {{
		"id": "IG-ENC-07",
		"severity": "HIGH",
		"address": "aws_lb_listener.this",
		"path": "default_action",
		"msg": "It serves plain HTTP. It may only redirect to HTTPS.",
	}} with input as testing.plan([http(forward)])
}

test_plain_http_is_refused[note] if {
	some note, actions in {
		"to plain HTTP again": [{"redirect": [{"protocol": "HTTP"}]}],
		"to the protocol of the request": [{"redirect": [{"protocol": "#{protocol}"}]}],
		"a redirect and more": array.concat(redirect, forward),
		"nothing": [],
		"null": null,
	}
	testing.brief(listener.deny) == {["aws_lb_listener.this", "default_action", 0]} with input as testing.plan([http(actions)])
}

test_the_other_name_of_the_type_is_refused if {
	rc := testing.resource("aws_alb_listener", {"protocol": "HTTP", "default_action": forward})
	testing.brief(listener.deny) == {["aws_alb_listener.this", "default_action", 0]} with input as testing.plan([rc])
}

test_a_redirect_to_https_is_allowed if listener.deny == set() with input as testing.plan([http(redirect)])

test_other_protocols_are_allowed[note] if {
	some note, protocol in {"HTTPS": "HTTPS", "TCP": "TCP", "null": null}
	rc := testing.resource("aws_lb_listener", {"protocol": protocol, "default_action": forward})
	listener.deny == set() with input as testing.plan([rc])
}

test_other_types_are_allowed if {
	listener.deny == set() with input as testing.plan([testing.resource("aws_lb", {"protocol": "HTTP"}), testing.partly("aws_lb", {}, {"protocol": true})])
}

test_an_unknown_protocol_is_asked if {
	rc := testing.partly("aws_lb_listener", {}, {"protocol": true})
	testing.brief(listener.deny) == {["aws_lb_listener.this", "protocol", 1]} with input as testing.plan([rc])
}

extra(type, arn, actions) := testing.resource(type, {"listener_arn": arn, "action": actions})

test_a_rule_of_the_listener_is_refused[type] if {
	some type in ["aws_lb_listener_rule", "aws_alb_listener_rule"]
	every actions in [forward, [], null] {
		rc := extra(type, "arn:1", actions)
		testing.brief(listener.deny) == {[sprintf("%s.this", [type]), "action", 0]} with input as testing.plan([http(redirect), rc])
	}
	testing.labels(listener.deny) == {["IG-ENC-07", "HIGH"]} with input as testing.plan([http(redirect), extra(type, "arn:1", forward)])
}

test_a_rule_that_is_allowed[note] if {
	some note, case in {
		"a redirect": [http(redirect), extra("aws_lb_listener_rule", "arn:1", redirect)],
		"of another listener": [http(redirect), extra("aws_lb_listener_rule", "arn:2", forward)],
		"of a listener for HTTPS": [testing.resource("aws_lb_listener", {"arn": "arn:1", "protocol": "HTTPS"}), extra("aws_lb_listener_rule", "arn:1", forward)],
		"of nothing": [testing.changed(http(redirect), {"after": object.remove(http(redirect).change.after, ["arn"])}), extra("aws_lb_listener_rule", null, forward)],
		"another type": [http(redirect), extra("aws_lb_target_group", "arn:1", forward)],
	}
	listener.deny == set() with input as testing.plan(case)
}

test_a_rule_of_a_listener_by_reference_is_refused if {
	code := {"resources": [{"address": "aws_lb_listener_rule.this", "expressions": {"listener_arn": {"references": ["aws_lb_listener.this.arn"]}}}]}
	resources := [http(redirect), extra("aws_lb_listener_rule", null, forward)]
	testing.brief(listener.deny) == {["aws_lb_listener_rule.this", "action", 0]} with input as testing.configured(resources, code)
}

test_every_address if {
	testing.addresses(listener.deny) == testing.kept_addresses("aws_lb_listener") with input as testing.kept(http(forward))
}

test_what_is_gone_is_allowed if listener.deny == set() with input as testing.gone(http(forward))
