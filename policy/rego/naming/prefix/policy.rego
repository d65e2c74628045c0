# METADATA
# title: Names begin with the service and the Environment
# custom:
#   id: IG-NAM-01
#   severity: MEDIUM
#   runbook: runbooks/policies/IG-NAM-01.md
package infragate.naming.prefix

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-NAM-01", "severity": "MEDIUM"}

# What people look for by name. Names of buckets begin with the organisation, since all of AWS shares them; names of log
# groups are paths.
_arguments := {
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

deny contains finding.refuse(rule, rc.address, argument, text) if {
	some rc in plan.planned(object.keys(_arguments))
	argument := _arguments[rc.type]
	name := plan.value(rc, [argument], null)
	prefix := _prefix(rc)
	not _begins(name, prefix)
	not arguments.is_later(rc, [argument])
	text := sprintf("Its name is %v. A name begins with %s.", [name, prefix])
}

deny contains finding.ask(rule, rc.address, argument, "Its name is known only after the apply.") if {
	some rc in plan.planned(object.keys(_arguments))
	argument := _arguments[rc.type]
	arguments.is_later(rc, [argument])
}

# From the tags of the resource itself. Without them the rule of tags complains.
_prefix(rc) := concat("-", [service, env]) if {
	service := plan.value(rc, ["tags_all", "service"], null)
	env := plan.value(rc, ["tags_all", "env"], null)
	is_string(service)
	is_string(env)
}

_begins(name, prefix) if {
	is_string(name)
	regex.match(`^(/[a-z0-9-]+/|[a-z0-9]+-)?$`, split(name, prefix)[0])
	_ends_word(split(name, prefix)[1])
}

_ends_word(rest) if regex.match(`^([^a-z0-9].*)?$`, rest)
