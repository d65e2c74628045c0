package infragate.tags.required_test

import data.infragate.lib.testing
import data.infragate.tags.required

tags := {"org": "acme", "env": "prod", "service": "fileflow", "version": "1.2", "owner": "team"}

cluster(tags_all) := testing.resource("aws_ecs_cluster", {"tags_all": tags_all})

test_a_resource_without_one_tag_is_refused[name] if {
	some name in ["org", "env", "service", "version", "owner"]
	rc := cluster(object.remove(tags, [name]))
	required.deny == {{
		"id": "IG-TAG-01",
		"severity": "HIGH",
		"address": "aws_ecs_cluster.this",
		"path": "tags_all",
		"msg": sprintf("It has no tag %s.", [name]),
	}} with input as testing.plan([rc])
}

test_a_resource_without_tags_is_refused[note] if {
	some note, tags_all in {"null": null, "none": {}, "blank": object.union(tags, {"owner": "  "}), "null owner": object.union(tags, {"owner": null})}
	testing.brief(required.deny) == {["aws_ecs_cluster.this", "tags_all", 0]} with input as testing.plan([cluster(tags_all)])
}

test_all_tags_are_allowed if required.deny == set() with input as testing.plan([cluster(object.union(tags, {"more": ""}))])

test_what_cannot_have_tags_is_allowed if required.deny == set() with input as testing.plan([testing.resource("aws_iam_role_policy", {})])

test_every_address if testing.addresses(required.deny) == testing.kept_addresses("aws_ecs_cluster") with input as testing.kept(cluster({}))

test_what_is_gone_is_allowed if required.deny == set() with input as testing.gone(cluster({}))

test_unknown_tags_are_asked[note] if {
	some note, case in {
		"all": [{}, {"tags_all": true}],
		"one": [{"tags_all": object.remove(tags, ["owner"])}, {"tags_all": {"owner": true}}],
	}
	rc := testing.partly("aws_ecs_cluster", case[0], case[1])
	testing.brief(required.deny) == {["aws_ecs_cluster.this", "tags_all", 1]} with input as testing.plan([rc])
}

test_an_unknown_tag_does_not_hide_one_that_is_missing if {
	rc := testing.partly("aws_ecs_cluster", {"tags_all": {}}, {"tags_all": {"owner": true}})
	testing.brief(required.deny) == {
		["aws_ecs_cluster.this", "tags_all", 0],
		["aws_ecs_cluster.this", "tags_all", 1],
	} with input as testing.plan([rc])
}

test_the_setting_names_the_tags if {
	required.deny == set() with input as testing.plan([cluster({"team": "a"})])
		with data.infragate.settings as {"required_tags": ["team"]}
}
