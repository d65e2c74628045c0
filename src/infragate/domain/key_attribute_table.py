"""Key attributes by resource type: what a reviewer has to see of a resource that is created or destroyed.

A dot leads into a block that can occur only once. For types that are not listed, `key_attributes` guesses.
"""

from __future__ import annotations

from collections.abc import Mapping

# Of a container in a task definition or pod.
CONTAINER = frozenset("name image cpu memory memoryReservation portMappings essential privileged user command".split())

_RULE = (
    "security_group_id ip_protocol from_port to_port cidr_ipv4 cidr_ipv6 referenced_security_group_id prefix_list_id"
)
_FIREWALL = "name priority direction access protocol source_port_range destination_port_range destination_port_ranges"
_CLUSTER = "name engine engine_version node_type num_cache_nodes num_cache_clusters num_node_groups"
_TABLE = {
    # Network
    "aws_vpc": "cidr_block enable_dns_hostnames",
    "aws_subnet": "cidr_block availability_zone map_public_ip_on_launch",
    "aws_security_group": "name name_prefix description vpc_id ingress egress",
    "aws_security_group_rule": (
        "type protocol from_port to_port cidr_blocks ipv6_cidr_blocks source_security_group_id self prefix_list_ids"
    ),
    "aws_vpc_security_group_ingress_rule": _RULE,
    "aws_vpc_security_group_egress_rule": _RULE,
    "aws_network_acl_rule": "rule_number egress rule_action protocol from_port to_port cidr_block ipv6_cidr_block",
    "aws_route": "destination_cidr_block destination_ipv6_cidr_block gateway_id nat_gateway_id transit_gateway_id",
    "aws_vpc_endpoint": "service_name vpc_endpoint_type private_dns_enabled policy",
    "aws_nat_gateway": "connectivity_type allocation_id",
    "aws_eip": "domain instance",
    "aws_lb": "name load_balancer_type internal idle_timeout enable_deletion_protection",
    "aws_alb": "name load_balancer_type internal idle_timeout enable_deletion_protection",
    "aws_lb_listener": "protocol port ssl_policy default_action",
    "aws_lb_listener_rule": "priority condition action",
    "aws_lb_target_group": "name protocol port target_type health_check.path",
    "aws_route53_record": "name type ttl records alias.name",
    "aws_route53_zone": "name vpc comment",
    "aws_acm_certificate": "domain_name subject_alternative_names validation_method",
    "aws_cloudfront_distribution": "aliases enabled origin viewer_certificate web_acl_id",
    "aws_wafv2_web_acl": "name scope default_action rule",
    # Data
    "aws_db_instance": (
        "identifier engine engine_version instance_class allocated_storage multi_az publicly_accessible storage_encrypted "
        "backup_retention_period deletion_protection skip_final_snapshot"
    ),
    "aws_rds_cluster": (
        "cluster_identifier engine engine_version engine_mode database_name storage_encrypted backup_retention_period "
        "deletion_protection skip_final_snapshot serverlessv2_scaling_configuration"
    ),
    "aws_rds_cluster_instance": "identifier engine instance_class publicly_accessible",
    "aws_db_parameter_group": "name family parameter",
    "aws_elasticache_cluster": _CLUSTER,
    "aws_elasticache_replication_group": (
        f"replication_group_id {_CLUSTER} automatic_failover_enabled at_rest_encryption_enabled transit_encryption_enabled"
    ),
    "aws_dynamodb_table": (
        "name billing_mode hash_key range_key read_capacity write_capacity point_in_time_recovery.enabled "
        "deletion_protection_enabled"
    ),
    "aws_s3_bucket": "bucket bucket_prefix force_destroy",
    "aws_s3_bucket_policy": "bucket policy",
    "aws_s3_bucket_acl": "bucket acl",
    "aws_s3_bucket_public_access_block": (
        "bucket block_public_acls block_public_policy ignore_public_acls restrict_public_buckets"
    ),
    "aws_s3_bucket_versioning": "bucket versioning_configuration.status",
    "aws_s3_bucket_lifecycle_configuration": "bucket rule",
    "aws_efs_file_system": "creation_token encrypted performance_mode throughput_mode",
    "aws_ebs_volume": "size type iops encrypted availability_zone",
    "aws_ecr_repository": "name image_tag_mutability force_delete image_scanning_configuration.scan_on_push",
    "aws_opensearch_domain": "domain_name engine_version cluster_config encrypt_at_rest.enabled access_policies",
    "aws_redshift_cluster": "cluster_identifier node_type number_of_nodes publicly_accessible encrypted",
    "aws_kms_key": "description key_usage enable_key_rotation deletion_window_in_days policy",
    "aws_kms_alias": "name target_key_id",
    "aws_secretsmanager_secret": "name recovery_window_in_days policy",
    "aws_ssm_parameter": "name type tier insecure_value",
    # Messages and schedules
    "aws_sqs_queue": "name fifo_queue visibility_timeout_seconds message_retention_seconds redrive_policy policy",
    "aws_sqs_queue_policy": "queue_url policy",
    "aws_sns_topic": "name fifo_topic policy",
    "aws_sns_topic_policy": "arn policy",
    "aws_sns_topic_subscription": "protocol endpoint filter_policy",
    "aws_kinesis_stream": "name shard_count retention_period encryption_type",
    "aws_cloudwatch_event_rule": "name schedule_expression event_pattern state",
    "aws_cloudwatch_event_target": "rule arn input",
    "aws_scheduler_schedule": "name schedule_expression schedule_expression_timezone state target.arn",
    "aws_autoscaling_schedule": "scheduled_action_name recurrence min_size max_size desired_capacity",
    "aws_cloudwatch_log_group": "name retention_in_days kms_key_id",
    "aws_cloudwatch_metric_alarm": (
        "alarm_name namespace metric_name comparison_operator threshold period evaluation_periods"
    ),
    # Compute
    "aws_instance": "ami instance_type availability_zone associate_public_ip_address key_name iam_instance_profile",
    "aws_launch_template": "name name_prefix image_id instance_type key_name network_interfaces",
    "aws_autoscaling_group": "name name_prefix min_size max_size desired_capacity mixed_instances_policy",
    "aws_ecs_cluster": "name",
    "aws_ecs_service": "name launch_type desired_count network_configuration.assign_public_ip deployment_controller",
    "aws_ecs_task_definition": "family cpu memory network_mode requires_compatibilities container_definitions",
    "aws_appautoscaling_target": "resource_id min_capacity max_capacity",
    "aws_appautoscaling_policy": "name policy_type target_tracking_scaling_policy_configuration",
    "aws_lambda_function": "function_name runtime handler package_type image_uri memory_size timeout architectures",
    "aws_lambda_permission": "function_name action principal source_arn",
    "aws_lambda_function_url": "function_name authorization_type",
    "aws_eks_cluster": "name version vpc_config.endpoint_public_access vpc_config.public_access_cidrs",
    "aws_eks_node_group": "node_group_name instance_types capacity_type scaling_config",
    "aws_batch_job_definition": "name type container_properties",
    # Rights
    "aws_iam_role": "name name_prefix path assume_role_policy max_session_duration permissions_boundary inline_policy",
    "aws_iam_policy": "name name_prefix policy",
    "aws_iam_role_policy": "name role policy",
    "aws_iam_user_policy": "name user policy",
    "aws_iam_group_policy": "name group policy",
    "aws_iam_role_policy_attachment": "role policy_arn",
    "aws_iam_user_policy_attachment": "user policy_arn",
    "aws_iam_policy_attachment": "name policy_arn roles users groups",
    "aws_iam_user": "name path",
    "aws_iam_access_key": "user status",
    "aws_iam_openid_connect_provider": "url client_id_list",
    "aws_ecr_repository_policy": "repository policy",
    "aws_kms_key_policy": "key_id policy",
    "aws_secretsmanager_secret_policy": "secret_arn policy",
    # Google
    "google_compute_firewall": "name network direction source_ranges target_tags allow deny disabled",
    "google_compute_instance": "name machine_type zone boot_disk.initialize_params network_interface",
    "google_sql_database_instance": "name database_version region settings deletion_protection",
    "google_storage_bucket": "name location storage_class force_destroy public_access_prevention",
    "google_project_iam_member": "project role member",
    "google_project_iam_binding": "project role members",
    "google_storage_bucket_iam_member": "bucket role member",
    "google_storage_bucket_iam_binding": "bucket role members",
    "google_container_cluster": "name location initial_node_count private_cluster_config min_master_version",
    "google_container_node_pool": "name node_count autoscaling node_config.machine_type",
    "google_cloud_run_v2_service": "name location ingress template",
    # Azure
    "azurerm_network_security_rule": f"{_FIREWALL} source_address_prefix source_address_prefixes",
    "azurerm_network_security_group": "name location security_rule",
    "azurerm_linux_virtual_machine": "name size location source_image_reference admin_username",
    "azurerm_storage_account": (
        "name location account_tier account_replication_type public_network_access_enabled allow_nested_items_to_be_public"
    ),
    "azurerm_role_assignment": "scope role_definition_name principal_id",
    "azurerm_kubernetes_cluster": "name location kubernetes_version default_node_pool private_cluster_enabled",
    "azurerm_mssql_database": "name sku_name max_size_gb zone_redundant",
    "azurerm_postgresql_flexible_server": "name version sku_name storage_mb public_network_access_enabled",
    # Kubernetes and what Terraform brings itself
    "helm_release": "name namespace repository chart version",
    "kubernetes_namespace": "metadata.name",
    "kubernetes_manifest": "manifest",
    "terraform_data": "input triggers_replace",
    "null_resource": "triggers",
}

ATTRIBUTES: Mapping[str, tuple[str, ...]] = {kind: tuple(names.split()) for kind, names in _TABLE.items()}
