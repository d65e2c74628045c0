package infragate.deletion.stateful_test

import data.infragate.deletion.stateful
import data.infragate.lib.testing

change(type, actions) := object.union(testing.resource(type, null), {"change": {"actions": actions, "before": {}, "after": null}})

test_the_complaint if {
	stateful.deny == {{
		"id": "IG-DEL-01",
		"severity": "HIGH",
		"address": "aws_db_instance.this",
		"path": "actions",
		"msg": "It holds data and would be destroyed.",
		"approvals": 1,
	}} with input as testing.plan([change("aws_db_instance", ["delete"])])
}

test_what_it_says[note] if {
	some note, case in {
		"delete": [["delete"], "It holds data and would be destroyed."],
		"replace": [["delete", "create"], "It holds data and would be replaced: what is in it is lost."],
		"replace, the new one first": [["create", "delete"], "It holds data and would be replaced: what is in it is lost."],
		"forget": [["forget"], "It holds data and Terraform would forget it: nobody looks after it any more."],
		"forget and make another": [["create", "forget"], "It holds data and Terraform would forget it: nobody looks after it any more."],
	}
	{entry.msg | some entry in stateful.deny} == {case[1]} with input as testing.plan([change("aws_db_instance", case[0])])
}

test_a_resource_without_a_mode_is_judged if {
	rc := object.remove(change("aws_db_instance", ["delete"]), {"mode"})
	testing.addresses(stateful.deny) == {"aws_db_instance.this"} with input as testing.plan([rc])
}

test_other_changes_are_allowed[note] if {
	some note, actions in {"make": ["create"], "change": ["update"], "nothing": ["no-op"], "read": ["read"]}
	stateful.deny == set() with input as testing.plan([change("aws_db_instance", actions)])
}

test_every_type_is_judged[type] if {
	some type in ["aws_acmpca_certificate_authority", "aws_backup_vault", "aws_cloudwatch_log_group", "aws_cognito_user_pool", "aws_db_cluster_snapshot", "aws_db_instance", "aws_db_snapshot", "aws_directory_service_directory", "aws_docdb_cluster", "aws_docdb_cluster_instance", "aws_dynamodb_global_table", "aws_dynamodb_table", "aws_ebs_snapshot", "aws_ebs_volume", "aws_ecr_repository", "aws_ecrpublic_repository", "aws_efs_file_system", "aws_eip", "aws_elasticache_cluster", "aws_elasticache_replication_group", "aws_elasticache_serverless_cache", "aws_elasticsearch_domain", "aws_fsx_lustre_file_system", "aws_fsx_ontap_file_system", "aws_fsx_openzfs_file_system", "aws_fsx_windows_file_system", "aws_glacier_vault", "aws_keyspaces_table", "aws_kinesis_stream", "aws_kms_external_key", "aws_kms_key", "aws_kms_replica_key", "aws_memorydb_cluster", "aws_mq_broker", "aws_msk_cluster", "aws_msk_serverless_cluster", "aws_neptune_cluster", "aws_opensearch_domain", "aws_opensearchserverless_collection", "aws_qldb_ledger", "aws_rds_cluster", "aws_rds_cluster_instance", "aws_rds_global_cluster", "aws_redshift_cluster", "aws_redshiftserverless_namespace", "aws_route53_zone", "aws_s3_bucket", "aws_s3_directory_bucket", "aws_s3tables_table", "aws_s3tables_table_bucket", "aws_secretsmanager_secret", "aws_sqs_queue", "aws_ssm_parameter", "aws_timestreamwrite_table", "aws_transfer_server"]
	testing.brief(stateful.deny) == {[sprintf("%s.this", [type]), "actions", 1]} with input as testing.plan([change(type, ["delete"])])
}

test_the_usual_names_of_other_providers_are_judged[type] if {
	some type in ["google_sql_database", "x_db_instance", "x_sql_instance", "google_storage_bucket", "google_compute_disk", "openstack_volume", "kubernetes_persistent_volume_claim"]
	testing.brief(stateful.deny) == {[sprintf("%s.this", [type]), "actions", 1]} with input as testing.plan([change(type, ["delete"])])
}

test_other_types_are_allowed[type] if {
	some type in ["aws_lb", "aws_glue_catalog_database", "google_storage_bucket_acl", "xdisk"]
	stateful.deny == set() with input as testing.plan([change(type, ["delete"])])
}

test_data_sources_are_allowed if {
	rc := object.union(change("aws_db_instance", ["delete"]), {"mode": "data"})
	stateful.deny == set() with input as testing.plan([rc])
}

test_a_copy_that_is_left_over_is_judged if {
	rc := object.union(testing.within(change("aws_db_instance", ["delete"]), "module.a[\"x\"]"), {"deposed": "0123abcd"})
	testing.brief(stateful.deny) == {["module.a[\"x\"].aws_db_instance.this", "actions", 1]} with input as testing.plan([rc])
}
