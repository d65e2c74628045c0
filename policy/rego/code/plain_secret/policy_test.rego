package infragate.code.plain_secret_test

import data.infragate.code.plain_secret
import data.infragate.lib.testing

code(resource) := testing.configured([], {"module_calls": {"a": {"module": {"resources": [resource]}}}})

names := ["access_key", "admin_password", "admin_user_password", "auth_token", "client_secret", "master_password", "password", "private_key", "secret_key", "secret_string", "token"]

test_the_complaint if {
	plain_secret.deny == {{
		"id": "IG-COD-01",
		"severity": "CRITICAL",
		"address": "module.a.aws_db_instance.x",
		"path": "password",
		"msg": "The secret is written in the code.",
	}} with input as code({"address": "aws_db_instance.x", "expressions": {"password": {"constant_value": "swordfish"}}})
}

test_every_name_is_judged[name] if {
	some name in names
	testing.brief(plain_secret.deny) == {["module.a.a.x", name, 0]} with input as code({"address": "a.x", "expressions": {name: {"constant_value": "x"}}})
}

provider(expressions) := object.union(testing.plan([]), {"configuration": {"provider_config": {"aws": {"full_name": "a/b/aws", "expressions": expressions}}}})

test_a_provider_is_judged[name] if {
	some name in names
	testing.brief(plain_secret.deny) == {["a/b/aws", name, 0]} with input as provider({name: {"constant_value": "x"}})
	testing.labels(plain_secret.deny) == {["IG-COD-01", "CRITICAL"]} with input as provider({name: {"constant_value": "x"}})
}

test_what_is_no_constant_is_allowed[note] if {
	some note, expression in {
		"a reference": {"references": ["var.password"]},
		"null": {"constant_value": null},
		"empty": {"constant_value": ""},
		"a flag": {"constant_value": true},
		"a block": [{"constant_value": "x"}],
	}
	plain_secret.deny == set() with input as code({"address": "a.x", "expressions": {"password": expression}})
	plain_secret.deny == set() with input as provider({"password": expression})
}

test_other_arguments_are_allowed if {
	plain_secret.deny == set() with input as code({"address": "a.x", "expressions": {"name": {"constant_value": "x"}}})
	plain_secret.deny == set() with input as code({"address": "a.x"})
}
