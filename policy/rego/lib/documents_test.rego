package infragate.lib.documents_test

import data.infragate.lib.documents
import data.infragate.lib.testing

document(statements) := json.marshal({"Version": "2012-10-17", "Statement": statements})

allow := {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}

plain := {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": ["*"]}

tables := {
	"aws_iam_policy": [documents.identity, "policy"],
	"aws_iam_role_policy": [documents.identity, "policy"],
	"aws_iam_user_policy": [documents.identity, "policy"],
	"aws_iam_group_policy": [documents.identity, "policy"],
	"aws_ssoadmin_permission_set_inline_policy": [documents.identity, "inline_policy"],
	"aws_iam_role": [documents.trust, "assume_role_policy"],
	"aws_s3_bucket": [documents.resource, "policy"],
	"aws_s3_bucket_policy": [documents.resource, "policy"],
	"aws_sqs_queue": [documents.resource, "policy"],
	"aws_sqs_queue_policy": [documents.resource, "policy"],
	"aws_sns_topic": [documents.resource, "policy"],
	"aws_sns_topic_policy": [documents.resource, "policy"],
	"aws_kms_key": [documents.resource, "policy"],
	"aws_kms_key_policy": [documents.resource, "policy"],
	"aws_ecr_repository_policy": [documents.resource, "policy"],
	"aws_secretsmanager_secret": [documents.resource, "policy"],
	"aws_secretsmanager_secret_policy": [documents.resource, "policy"],
	"aws_efs_file_system_policy": [documents.resource, "policy"],
	"aws_dynamodb_resource_policy": [documents.resource, "policy"],
	"aws_cloudwatch_log_resource_policy": [documents.resource, "policy_document"],
	"aws_iot_policy": [documents.identity, "policy"],
	"aws_api_gateway_rest_api": [documents.resource, "policy"],
	"aws_api_gateway_rest_api_policy": [documents.resource, "policy"],
	"aws_backup_vault_policy": [documents.resource, "policy"],
	"aws_cloudwatch_event_bus_policy": [documents.resource, "policy"],
	"aws_codeartifact_domain_permissions_policy": [documents.resource, "policy_document"],
	"aws_codeartifact_repository_permissions_policy": [documents.resource, "policy_document"],
	"aws_ecr_registry_policy": [documents.resource, "policy"],
	"aws_elasticsearch_domain": [documents.resource, "access_policies"],
	"aws_elasticsearch_domain_policy": [documents.resource, "access_policies"],
	"aws_glacier_vault": [documents.resource, "access_policy"],
	"aws_glue_resource_policy": [documents.resource, "policy"],
	"aws_kinesis_resource_policy": [documents.resource, "policy"],
	"aws_kms_external_key": [documents.resource, "policy"],
	"aws_kms_replica_key": [documents.resource, "policy"],
	"aws_msk_cluster_policy": [documents.resource, "policy"],
	"aws_opensearch_domain": [documents.resource, "access_policies"],
	"aws_opensearch_domain_policy": [documents.resource, "access_policies"],
	"aws_redshift_resource_policy": [documents.resource, "policy"],
	"aws_s3_access_point": [documents.resource, "policy"],
	"aws_s3control_access_point_policy": [documents.resource, "policy"],
	"aws_s3control_bucket_policy": [documents.resource, "policy"],
	"aws_ses_identity_policy": [documents.resource, "policy"],
}

test_the_statements_of_every_type[type] if {
	some type, case in tables
	rc := testing.resource(type, {case[1]: document([allow])})
	documents.statements(case[0]) == [{"rc": rc, "path": case[1], "statement": plain}] with input as testing.plan([rc])
}

test_one_statement_without_a_list if {
	rc := testing.resource("aws_iam_policy", {"policy": document(allow)})
	[entry.statement | some entry in documents.statements(documents.identity)] == [plain] with input as testing.plan([rc])
}

test_every_list_of_a_statement if {
	rc := testing.resource("aws_iam_policy", {"policy": document([{"NotAction": "a", "NotResource": "b"}])})
	[entry.statement | some entry in documents.statements(documents.identity)] == [{"NotAction": ["a"], "NotResource": ["b"]}] with input as testing.plan([rc])
}

test_the_inline_policy_of_a_role if {
	rc := testing.resource("aws_iam_role", {"inline_policy": [{"policy": document([allow])}, {"policy": null}]})
	documents.statements(documents.identity) == [{"rc": rc, "path": "inline_policy", "statement": plain}] with input as testing.plan([rc])
	documents.statements(documents.trust) == [] with input as testing.plan([rc])
	documents.broken(documents.identity) == [] with input as testing.plan([rc])
}

test_no_statements[note] if {
	some note, policy in {"null": null, "empty": "", "no JSON": "{", "no statement": "{}"}
	documents.statements(documents.identity) == [] with input as testing.plan([testing.resource("aws_iam_policy", {"policy": policy})])
}

test_what_is_no_json_is_broken if {
	rc := testing.resource("aws_iam_policy", {"policy": "{"})
	documents.broken(documents.identity) == [{"rc": rc, "path": "policy", "text": "{"}] with input as testing.plan([rc])
}

test_what_is_absent_is_not_broken[note] if {
	some note, policy in {"null": null, "empty": "", "JSON": "{}"}
	documents.broken(documents.identity) == [] with input as testing.plan([testing.resource("aws_iam_policy", {"policy": policy})])
}

test_a_policy_that_is_known_later if {
	rc := testing.partly("aws_iam_policy", {}, {"policy": true})
	documents.blank(documents.identity) == [{"rc": rc, "path": "policy"}] with input as testing.plan([rc])
	documents.blank(documents.trust) == [] with input as testing.plan([rc])
}

test_a_policy_that_is_known if {
	documents.blank(documents.identity) == [] with input as testing.plan([testing.resource("aws_iam_policy", {"policy": "{}"})])
}

test_an_action_matches[pattern] if {
	some pattern in ["iam:PassRole", "IAM:passrole", "iam:*", "*", "iam:Pass*", "i*e", "iam:P?ssRole", "*:*"]
	documents.matches(pattern, "iam:PassRole")
}

test_an_action_does_not_match[pattern] if {
	some pattern in ["iam:PassRol", "iam:PassRoles", "am:PassRole", "s3:*", "iam:Passrole?", "iam:Get*"]
	not documents.matches(pattern, "iam:PassRole")
}

test_an_action_with_a_dash_matches if documents.matches("execute-api:*", "execute-api:Invoke")

test_the_marks_of_a_pattern_are_no_regular_expression if {
	not documents.matches("(", "iam:PassRole")
	not documents.matches("iam[:PassRole", "iam:PassRole")
}

test_principals[note] if {
	some note, case in {
		"everybody": ["*", {"*"}],
		"one": [{"AWS": "a"}, {"AWS:a"}],
		"several": [{"AWS": ["a", "b"], "Service": "c"}, {"AWS:a", "AWS:b", "Service:c"}],
	}
	documents.principals({"Principal": case[0]}) == case[1]
}

policy := testing.partly("aws_iam_role_policy", {}, {"policy": true})

role(boundary) := testing.resource("aws_iam_role", {"permissions_boundary": boundary})

bound(resources) := testing.configured(resources, {"resources": [
	{"address": "aws_iam_role.this", "expressions": {}},
	{"address": "aws_iam_role_policy.this", "expressions": {"role": {"references": ["aws_iam_role.this.name", "aws_iam_role.this"]}}},
]})

test_a_policy_of_a_role_with_a_boundary if documents.is_bounded(policy) with input as bound([role("arn:x")])

test_a_policy_without_a_boundary[note] if {
	some note, resources in {
		"null": [role(null)],
		"empty": [role("")],
		"another role": [testing.named(role("arn:x"), "other")],
		"no role": [],
		"a user": [object.union(role("arn:x"), {"type": "aws_iam_user"})],
	}
	not documents.is_bounded(policy) with input as bound(resources)
}
