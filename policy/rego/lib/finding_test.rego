package infragate.lib.finding_test

import data.infragate.lib.finding

rule := {"id": "IG-TST-01", "severity": "HIGH"}

test_what_is_refused_says_all_about_itself if {
	finding.refuse(rule, "a.b", "name", "It is wrong.") == {
		"id": "IG-TST-01",
		"severity": "HIGH",
		"address": "a.b",
		"path": "name",
		"msg": "It is wrong.",
	}
}

test_what_is_asked_is_the_same_with_one_approval if {
	finding.ask(rule, "a.b", "name", "It is wrong.") == {
		"id": "IG-TST-01",
		"severity": "HIGH",
		"address": "a.b",
		"path": "name",
		"msg": "It is wrong.",
		"approvals": 1,
	}
}
