"""Resource types that hold state: destroying one loses data, keys, or an address that others use."""

from __future__ import annotations

import re

# Types of the AWS provider 5.x whose replacement or destruction loses data, history or key material.
STATEFUL_TYPES = frozenset(
    """
    aws_backup_vault aws_cloudwatch_log_group aws_cognito_user_pool aws_db_cluster_snapshot aws_db_instance
    aws_db_snapshot aws_directory_service_directory aws_docdb_cluster aws_docdb_cluster_instance
    aws_dynamodb_global_table aws_dynamodb_table aws_ebs_snapshot aws_ebs_volume aws_ecr_repository
    aws_ecrpublic_repository aws_efs_file_system
    aws_elasticache_cluster aws_elasticache_replication_group aws_elasticache_serverless_cache aws_elasticsearch_domain
    aws_fsx_lustre_file_system aws_fsx_ontap_file_system aws_fsx_openzfs_file_system aws_fsx_windows_file_system
    aws_glacier_vault aws_keyspaces_table aws_kinesis_stream aws_kms_external_key aws_kms_key aws_kms_replica_key
    aws_memorydb_cluster aws_mq_broker aws_msk_cluster aws_msk_serverless_cluster aws_neptune_cluster
    aws_opensearch_domain aws_opensearchserverless_collection aws_qldb_ledger aws_rds_cluster aws_rds_cluster_instance
    aws_rds_global_cluster aws_redshift_cluster aws_redshiftserverless_namespace aws_route53_zone aws_s3_bucket
    aws_s3_directory_bucket aws_s3tables_table aws_s3tables_table_bucket aws_secretsmanager_secret aws_sqs_queue
    aws_ssm_parameter aws_timestreamwrite_table aws_transfer_server aws_acmpca_certificate_authority aws_eip
    """.split()
)
# The usual names of such types in other providers.
STATEFUL_WORDS = re.compile(
    r"_(?:database|db_instance|sql_instance|storage_bucket|disk|volume|persistent_volume_claim)$"
)


def is_stateful(resource_type: str) -> bool:
    """True if a resource of this type holds state."""
    return resource_type in STATEFUL_TYPES or (
        not resource_type.startswith("aws_") and STATEFUL_WORDS.search(resource_type) is not None
    )
