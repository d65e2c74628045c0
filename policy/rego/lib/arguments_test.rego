package infragate.lib.arguments_test

import data.infragate.lib.arguments
import data.infragate.lib.testing

configuration(expressions) := testing.configured([], {"resources": [{"address": "t.this", "expressions": expressions}]})

unknown := testing.partly("t", {}, {"a": true})

test_an_argument_that_the_code_gives_is_known_later if {
	arguments.is_later(unknown, ["a"]) with input as configuration({"a": {"references": ["t.other"]}})
}

test_an_argument_that_the_code_leaves_out_is_not_set if {
	not arguments.is_later(unknown, ["a"]) with input as configuration({"b": {"references": ["t.other"]}})
}

test_a_resource_without_configuration_is_known_later if arguments.is_later(unknown, ["a"]) with input as testing.plan([])

test_what_is_known_is_not_known_later if {
	not arguments.is_later(testing.resource("t", {"a": 1}), ["a"]) with input as configuration({"a": {"constant_value": 1}})
}

test_true_is_on if arguments.is_on(testing.resource("t", {"a": true}), ["a"])

test_on_is_not_off if not arguments.is_off(testing.resource("t", {"a": true}), ["a"]) with input as testing.plan([])

test_off[note] if {
	some note, after in {"false": {"a": false}, "null": {"a": null}, "absent": {}, "text": {"a": "true"}}
	rc := testing.resource("t", after)
	arguments.is_off(rc, ["a"]) with input as testing.plan([])
	not arguments.is_on(rc, ["a"])
}

test_what_is_known_later_is_not_off if not arguments.is_off(unknown, ["a"]) with input as testing.plan([])

test_missing[note] if {
	some note, after in {"null": {"a": null}, "absent": {}, "empty": {"a": ""}}
	arguments.is_missing(testing.resource("t", after), ["a"]) with input as testing.plan([])
}

test_what_is_known_later_is_not_missing if not arguments.is_missing(unknown, ["a"]) with input as testing.plan([])

test_what_is_left_out_is_missing if arguments.is_missing(unknown, ["a"]) with input as configuration({})

test_false_is_not_missing if {
	not arguments.is_missing(testing.resource("t", {"a": false}), ["a"]) with input as testing.plan([])
}
