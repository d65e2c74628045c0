# METADATA
# title: IAM policy documents in a plan
# description: |
#   A document is a string of JSON in an argument. An entry is {rc, path, statement}: one statement of one document, where
#   Action, NotAction and Resource are lists.
package infragate.lib.documents

import data.infragate.lib.arguments
import data.infragate.lib.plan
import data.infragate.lib.references

# Type -> paths of documents that say what a person or a program may do.
identity := {
	"aws_iam_policy": [["policy"]],
	"aws_iam_role_policy": [["policy"]],
	"aws_iam_user_policy": [["policy"]],
	"aws_iam_group_policy": [["policy"]],
	"aws_ssoadmin_permission_set_inline_policy": [["inline_policy"]],
	"aws_iot_policy": [["policy"]],
}

trust := {"aws_iam_role": [["assume_role_policy"]]}

# Type -> path of documents that say who may use a thing. Not of a VPC endpoint: its policy lets nobody in.
resource := {
	"aws_s3_bucket": [["policy"]],
	"aws_s3_bucket_policy": [["policy"]],
	"aws_sqs_queue": [["policy"]],
	"aws_sqs_queue_policy": [["policy"]],
	"aws_sns_topic": [["policy"]],
	"aws_sns_topic_policy": [["policy"]],
	"aws_kms_key": [["policy"]],
	"aws_kms_key_policy": [["policy"]],
	"aws_ecr_repository_policy": [["policy"]],
	"aws_secretsmanager_secret": [["policy"]],
	"aws_secretsmanager_secret_policy": [["policy"]],
	"aws_efs_file_system_policy": [["policy"]],
	"aws_dynamodb_resource_policy": [["policy"]],
	"aws_cloudwatch_log_resource_policy": [["policy_document"]],
	"aws_api_gateway_rest_api": [["policy"]],
	"aws_api_gateway_rest_api_policy": [["policy"]],
	"aws_backup_vault_policy": [["policy"]],
	"aws_cloudwatch_event_bus_policy": [["policy"]],
	"aws_codeartifact_domain_permissions_policy": [["policy_document"]],
	"aws_codeartifact_repository_permissions_policy": [["policy_document"]],
	"aws_ecr_registry_policy": [["policy"]],
	"aws_elasticsearch_domain": [["access_policies"]],
	"aws_elasticsearch_domain_policy": [["access_policies"]],
	"aws_glacier_vault": [["access_policy"]],
	"aws_glue_resource_policy": [["policy"]],
	"aws_kinesis_resource_policy": [["policy"]],
	"aws_kms_external_key": [["policy"]],
	"aws_kms_replica_key": [["policy"]],
	"aws_msk_cluster_policy": [["policy"]],
	"aws_opensearch_domain": [["access_policies"]],
	"aws_opensearch_domain_policy": [["access_policies"]],
	"aws_redshift_resource_policy": [["policy"]],
	"aws_s3_access_point": [["policy"]],
	"aws_s3control_access_point_policy": [["policy"]],
	"aws_s3control_bucket_policy": [["policy"]],
	"aws_ses_identity_policy": [["policy"]],
}

# The statements of all documents of a table.
statements(table) := [entry |
	some document in _documents(table)
	json.is_valid(document.text)
	some statement in listed(json.unmarshal(document.text).Statement)
	entry := {"rc": document.rc, "path": document.path, "statement": _plain(statement)}
]

# Documents that are no JSON.
broken(table) := [document |
	some document in _documents(table)
	not json.is_valid(document.text)
]

# Documents that the plan does not hold, though the configuration gives one: {rc, path}.
blank(table) := [{"rc": rc, "path": path[0]} |
	some rc in plan.planned(object.keys(table))
	some path in table[rc.type]
	arguments.is_later(rc, path)
]

# Strings only: a document that is unknown or not given is null or absent.
_documents(table) := array.concat(
	[{"rc": rc, "path": path[0], "text": text} |
		some rc in plan.planned(object.keys(table))
		some path in table[rc.type]
		text := plan.value(rc, path, null)
		is_string(text)
		text != ""
	],
	[{"rc": rc, "path": "inline_policy", "text": inline.policy} |
		table == identity
		some rc in plan.planned({"aws_iam_role"})
		some inline in plan.value(rc, ["inline_policy"], [])
		is_string(inline.policy)
	],
)

_plain(statement) := object.union(statement, {name: values |
	some name in ["Action", "NotAction", "Resource", "NotResource"]
	values := listed(statement[name])
})

listed(value) := value if is_array(value)

listed(value) := [value] if not is_array(value)

# An action matches a pattern of a policy as AWS does it: case does not count, `*` is any text and `?` any character.
matches(pattern, action) if {
	escaped := regex.replace(lower(pattern), `[^a-z0-9:*?]`, `.`)
	regex.match(concat("", ["^", replace(replace(escaped, "*", ".*"), "?", "."), "$"]), lower(action))
}

# A list of principals, or one.
principals(statement) := {"*"} if statement.Principal == "*"

principals(statement) := names if {
	is_object(statement.Principal)
	names := {name |
		some kind, values in statement.Principal
		some value in listed(values)
		name := concat(":", [kind, value])
	}
}

# A role's own policy, unknown until the apply, cannot grant more than the role's permissions boundary does.
is_bounded(rc) if {
	some role in plan.planned({"aws_iam_role"})
	references.node_of(role) in references.links(rc, "role")
	not plan.value(role, ["permissions_boundary"], null) in {null, ""}
}
