package infragate.network.default_group_test

import data.infragate.lib.testing
import data.infragate.network.default_group

group(after) := testing.resource("aws_default_security_group", after)

test_a_rule_is_refused[direction] if {
	some direction in ["ingress", "egress"]
	default_group.deny == {{
		"id": "IG-NET-06",
		"severity": "MEDIUM",
		"address": "aws_default_security_group.this",
		"path": direction,
		"msg": "The default security group has rules. What uses it has no group of its own.",
	}} with input as testing.plan([group({direction: [{}]})])
}

test_no_rules_are_allowed[note] if {
	some note, after in {"absent": {}, "none": {"ingress": [], "egress": []}}
	default_group.deny == set() with input as testing.plan([group(after)])
}

test_null_is_allowed if default_group.deny == set() with input as testing.plan([group({"ingress": null})])

test_other_groups_are_allowed[note] if {
	some note, rc in {"rules": testing.resource("aws_security_group", {"ingress": [{}]}), "unknown": testing.partly("aws_security_group", {}, {"ingress": true})}
	default_group.deny == set() with input as testing.plan([rc])
}

test_unknown_rules_are_asked[direction] if {
	some direction in ["ingress", "egress"]
	rc := testing.partly("aws_default_security_group", {}, {direction: true})
	testing.brief(default_group.deny) == {["aws_default_security_group.this", direction, 1]} with input as testing.plan([rc])
}

test_every_address if {
	testing.addresses(default_group.deny) == testing.kept_addresses("aws_default_security_group") with input as testing.kept(group({"ingress": [{}]}))
}

test_what_is_gone_is_allowed if default_group.deny == set() with input as testing.gone(group({"ingress": [{}]}))
