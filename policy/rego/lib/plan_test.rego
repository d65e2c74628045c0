package infragate.lib.plan_test

import data.infragate.lib.plan
import data.infragate.lib.testing

lb := testing.resource("aws_lb", {"name": "x"})

addresses(list) := {rc.address | some rc in list}

test_what_remains_is_planned if addresses(plan.planned({"aws_lb"})) == testing.kept_addresses("aws_lb") with input as testing.kept(lb)

test_other_types_are_not_asked_for if plan.planned({"aws_elb"}) == [] with input as testing.kept(lb)

test_all_types_are_resources if addresses(plan.resources) == testing.kept_addresses("aws_lb") with input as testing.kept(lb)

test_what_is_gone_is_not_planned if plan.planned({"aws_lb"}) == [] with input as testing.gone(lb)

test_what_is_gone_is_no_resource if plan.resources == [] with input as testing.gone(lb)

test_a_value_is_at_its_path if plan.value(testing.resource("t", {"a": [{"b": 1}]}), ["a", 0, "b"], 2) == 1

test_a_value_that_is_absent_is_the_default if plan.value(testing.resource("t", {"a": []}), ["a", 0, "b"], 2) == 2

test_a_value_of_null_is_null if plan.value(testing.resource("t", {"a": null}), ["a"], 2) == null

test_unknown[note] if {
	some note, case in {
		"a value": {"after_unknown": {"a": true}, "path": ["a"]},
		"a value below what is unknown": {"after_unknown": {"a": true}, "path": ["a", 0, "b"]},
		"a value in a block": {"after_unknown": {"a": [{"b": true}]}, "path": ["a", 0, "b"]},
	}
	plan.unknown(testing.partly("t", {}, case.after_unknown), case.path)
}

test_known[note] if {
	some note, case in {
		"nothing is unknown": {"after_unknown": {}, "path": ["a"]},
		"a block of which another value is unknown": {"after_unknown": {"a": [{"c": true}]}, "path": ["a", 0, "b"]},
		"the block of a value that is unknown": {"after_unknown": {"a": [{"c": true}]}, "path": ["a"]},
		"a value that is false": {"after_unknown": {"a": false}, "path": ["a"]},
	}
	not plan.unknown(testing.partly("t", {}, case.after_unknown), case.path)
}

test_partly_unknown[note] if {
	some note, after_unknown in {"all": {"a": true}, "an element": {"a": [false, true]}}
	plan.partly_unknown(testing.partly("t", {}, after_unknown), ["a"])
}

test_wholly_known[note] if {
	some note, after_unknown in {"absent": {}, "no element": {"a": [false, {"b": true}]}, "another": {"b": true}}
	not plan.partly_unknown(testing.partly("t", {}, after_unknown), ["a"])
}

key := `module.a.module.b["x.y]"].module.c["\"data.\""].module.data[10].`

test_managed[note] if {
	some note, entry in {
		"says so": {"mode": "managed", "address": "data.t.this"},
		"without a mode": {"address": "t.this"},
		"without a mode in modules": {"address": concat("", [key, "t.this"])},
		"with a mode of null": {"mode": null, "address": "t.this"},
		"with an unknown mode": {"mode": "Managed", "address": "t.this"},
		"with data in its name": {"address": "t.data"},
		"with data in a key": {"address": `t.this["module.a.data.t"]`},
		"without an address": {},
	}
	plan.is_managed(entry)
	not plan.is_data(entry)
}

test_read[note] if {
	some note, entry in {
		"says so": {"mode": "data", "address": "t.this"},
		"without a mode": {"address": "data.t.this"},
		"without a mode in modules": {"address": concat("", [key, "data.t.this[0]"])},
		"with a mode of null": {"mode": null, "address": "data.t.this"},
	}
	plan.is_data(entry)
	not plan.is_managed(entry)
}

test_ephemeral[note] if {
	some note, entry in {"says so": {"mode": "ephemeral"}, "without a mode": {"address": "ephemeral.t.this"}}
	not plan.is_managed(entry)
	not plan.is_data(entry)
}

test_a_resource_without_a_mode_is_planned if {
	rc := object.remove(testing.resource("t", {}), {"mode"})
	plan.planned({"t"}) == [rc] with input as testing.plan([rc])
	plan.resources == [rc] with input as testing.plan([rc])
}
