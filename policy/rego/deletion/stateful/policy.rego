# METADATA
# title: What holds data is not destroyed, replaced or forgotten without an approval
# custom:
#   id: IG-DEL-01
#   severity: HIGH
#   runbook: runbooks/policies/IG-DEL-01.md
package infragate.deletion.stateful

import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-DEL-01", "severity": "HIGH"}

# The same types as in infragate's own summary of a plan.
_types := {
	"aws_acmpca_certificate_authority",
	"aws_backup_vault",
	"aws_cloudwatch_log_group",
	"aws_cognito_user_pool",
	"aws_db_cluster_snapshot",
	"aws_db_instance",
	"aws_db_snapshot",
	"aws_directory_service_directory",
	"aws_docdb_cluster",
	"aws_docdb_cluster_instance",
	"aws_dynamodb_global_table",
	"aws_dynamodb_table",
	"aws_ebs_snapshot",
	"aws_ebs_volume",
	"aws_ecr_repository",
	"aws_ecrpublic_repository",
	"aws_efs_file_system",
	"aws_eip",
	"aws_elasticache_cluster",
	"aws_elasticache_replication_group",
	"aws_elasticache_serverless_cache",
	"aws_elasticsearch_domain",
	"aws_fsx_lustre_file_system",
	"aws_fsx_ontap_file_system",
	"aws_fsx_openzfs_file_system",
	"aws_fsx_windows_file_system",
	"aws_glacier_vault",
	"aws_keyspaces_table",
	"aws_kinesis_stream",
	"aws_kms_external_key",
	"aws_kms_key",
	"aws_kms_replica_key",
	"aws_memorydb_cluster",
	"aws_mq_broker",
	"aws_msk_cluster",
	"aws_msk_serverless_cluster",
	"aws_neptune_cluster",
	"aws_opensearch_domain",
	"aws_opensearchserverless_collection",
	"aws_qldb_ledger",
	"aws_rds_cluster",
	"aws_rds_cluster_instance",
	"aws_rds_global_cluster",
	"aws_redshift_cluster",
	"aws_redshiftserverless_namespace",
	"aws_route53_zone",
	"aws_s3_bucket",
	"aws_s3_directory_bucket",
	"aws_s3tables_table",
	"aws_s3tables_table_bucket",
	"aws_secretsmanager_secret",
	"aws_sqs_queue",
	"aws_ssm_parameter",
	"aws_timestreamwrite_table",
	"aws_transfer_server",
}

deny contains finding.ask(rule, rc.address, "actions", text) if {
	some rc in input.resource_changes
	plan.is_managed(rc)
	_is_stateful(rc.type)
	text := _texts[_end(rc)]
}

_is_stateful(type) if type in _types

# The usual names of such types in other providers.
_is_stateful(type) if {
	not startswith(type, "aws_")
	regex.match(`_(database|db_instance|sql_instance|storage_bucket|disk|volume|persistent_volume_claim)$`, type)
}

_texts := {
	"replace": "It holds data and would be replaced: what is in it is lost.",
	"delete": "It holds data and would be destroyed.",
	"forget": "It holds data and Terraform would forget it: nobody looks after it any more.",
}

_end(rc) := "replace" if {
	"delete" in rc.change.actions
	"create" in rc.change.actions
}

_end(rc) := "delete" if rc.change.actions == ["delete"]

_end(rc) := "forget" if "forget" in rc.change.actions
