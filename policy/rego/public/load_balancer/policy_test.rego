package infragate.public.load_balancer_test

import data.infragate.lib.testing
import data.infragate.public.load_balancer

public(type) := testing.resource(type, {"internal": false})

strict := {"internal_load_balancers": true}

test_the_complaint if {
	load_balancer.deny == {{
		"id": "IG-PUB-05",
		"severity": "HIGH",
		"address": "aws_lb.this",
		"path": "internal",
		"msg": "It faces the internet, and here only internal ones are allowed.",
	}} with input as testing.plan([public("aws_lb")]) with data.infragate.settings as strict
}

test_every_type_is_refused[type] if {
	some type in ["aws_alb", "aws_elb", "aws_lb"]
	every after in [{"internal": false}, {"internal": null}, {}] {
		testing.brief(load_balancer.deny) == {[sprintf("%s.this", [type]), "internal", 0]} with input as testing.plan([testing.resource(type, after)])
			with data.infragate.settings as strict
	}
	testing.brief(load_balancer.deny) == {[sprintf("%s.this", [type]), "internal", 1]} with input as testing.plan([testing.partly(type, {}, {"internal": true})])
		with data.infragate.settings as strict
}

test_an_internal_one_is_allowed if {
	load_balancer.deny == set() with input as testing.plan([testing.resource("aws_lb", {"internal": true})]) with data.infragate.settings as strict
}

test_without_the_setting_all_are_allowed[note] if {
	some note, settings in {"none": {}, "false": {"internal_load_balancers": false}}
	load_balancer.deny == set() with input as testing.plan([public("aws_lb"), testing.partly("aws_lb", {}, {"internal": true})])
		with data.infragate.settings as settings
}

test_every_address if {
	testing.addresses(load_balancer.deny) == testing.kept_addresses("aws_lb") with input as testing.kept(public("aws_lb"))
		with data.infragate.settings as strict
}

test_what_is_gone_is_allowed if {
	load_balancer.deny == set() with input as testing.gone(public("aws_lb")) with data.infragate.settings as strict
}
