package infragate.tags.environment_test

import data.infragate.lib.testing
import data.infragate.tags.environment

cluster(env) := testing.resource("aws_ecs_cluster", {"tags_all": {"env": env}})

test_another_environment_is_refused if {
	environment.deny == {{
		"id": "IG-TAG-02",
		"severity": "HIGH",
		"address": "aws_ecs_cluster.this",
		"path": "tags_all.env",
		"msg": "Its tag env says dev, and the plan is for prod.",
	}} with input as testing.plan([cluster("dev")]) with data.infragate.environment as "prod"
}

test_the_same_environment_is_allowed if {
	environment.deny == set() with input as testing.plan([cluster("prod")]) with data.infragate.environment as "prod"
}

test_null_is_refused if {
	testing.brief(environment.deny) == {["aws_ecs_cluster.this", "tags_all.env", 0]} with input as testing.plan([cluster(null)])
		with data.infragate.environment as "prod"
}

# The rule of required tags complains about what is absent and asks about what is unknown.
test_no_tag_is_allowed[note] if {
	some note, rc in {
		"none": testing.resource("aws_ecs_cluster", {"tags_all": {}}),
		"no tags": testing.resource("aws_iam_role_policy", {}),
		"unknown": testing.partly("aws_ecs_cluster", {"tags_all": {}}, {"tags_all": {"env": true}}),
	}
	environment.deny == set() with input as testing.plan([rc]) with data.infragate.environment as "prod"
}

test_a_plan_for_no_environment_is_allowed if {
	environment.deny == set() with input as testing.plan([cluster("dev")]) with data.infragate.environment as null
}

test_every_address if {
	testing.addresses(environment.deny) == testing.kept_addresses("aws_ecs_cluster") with input as testing.kept(cluster("dev"))
		with data.infragate.environment as "prod"
}

test_what_is_gone_is_allowed if {
	environment.deny == set() with input as testing.gone(cluster("dev")) with data.infragate.environment as "prod"
}
