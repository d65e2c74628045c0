package infragate.naming.prefix_test

import data.infragate.lib.testing
import data.infragate.naming.prefix

tags := {"service": "fileflow", "env": "prod"}

named(type, argument, name) := testing.resource(type, {argument: name, "tags_all": tags})

types := {
	"aws_cloudwatch_log_group": "name",
	"aws_cloudwatch_metric_alarm": "alarm_name",
	"aws_db_instance": "identifier",
	"aws_dynamodb_table": "name",
	"aws_ecs_cluster": "name",
	"aws_ecs_service": "name",
	"aws_iam_role": "name",
	"aws_lb": "name",
	"aws_rds_cluster": "cluster_identifier",
	"aws_s3_bucket": "bucket",
	"aws_security_group": "name",
	"aws_sns_topic": "name",
	"aws_sqs_queue": "name",
}

test_another_name_is_refused[type] if {
	some type, argument in types
	prefix.deny == {{
		"id": "IG-NAM-01",
		"severity": "MEDIUM",
		"address": sprintf("%s.this", [type]),
		"path": argument,
		"msg": "Its name is main. A name begins with fileflow-prod.",
	}} with input as testing.plan([named(type, argument, "main")])
}

test_a_name_that_is_allowed[name] if {
	some name in ["fileflow-prod", "fileflow-prod-web", "/ecs/fileflow-prod", "acme-fileflow-prod-files", "fileflow-prod.fifo", "a1-fileflow-prod", "/ecs-1/fileflow-prod"]
	prefix.deny == set() with input as testing.plan([named("aws_lb", "name", name)])
}

test_a_name_that_is_refused[name] if {
	some name in ["fileflow", "fileflow-prod2", "fileflow-production", "myfileflow-prod", "Main-fileflow-prod", "x_fileflow-prod", "x/ecs/fileflow-prod", "/Ecs/fileflow-prod", "a.b-fileflow-prod", "fileflow-dev", "-fileflow-prod", "//fileflow-prod"]
	testing.brief(prefix.deny) == {["aws_lb.this", "name", 0]} with input as testing.plan([named("aws_lb", "name", name)])
}

test_no_name_of_its_own_is_refused[note] if {
	some note, name in {"null": null, "number": 1}
	testing.brief(prefix.deny) == {["aws_lb.this", "name", 0]} with input as testing.plan([named("aws_lb", "name", name)])
}

test_an_unknown_name_is_asked if {
	rc := testing.partly("aws_lb", {"tags_all": tags}, {"name": true})
	testing.brief(prefix.deny) == {["aws_lb.this", "name", 1]} with input as testing.plan([rc])
}

# The rule of required tags complains about it.
test_no_tags_are_allowed[note] if {
	some note, without in {"none": {}, "no env": {"service": "fileflow"}, "no service": {"env": "prod"}, "null env": {"service": "fileflow", "env": null}, "null service": {"service": null, "env": "prod"}}
	prefix.deny == set() with input as testing.plan([testing.resource("aws_lb", {"name": "main", "tags_all": without})])
}

test_other_types_are_allowed if prefix.deny == set() with input as testing.plan([named("aws_vpc", "name", "main")])

test_every_address if {
	testing.addresses(prefix.deny) == testing.kept_addresses("aws_lb") with input as testing.kept(named("aws_lb", "name", "main"))
}

test_what_is_gone_is_allowed if prefix.deny == set() with input as testing.gone(named("aws_lb", "name", "main"))
