from __future__ import annotations

import re

import pytest

from infragate.domain.stateful import STATEFUL_TYPES, is_stateful


@pytest.mark.parametrize(
    "kind",
    [
        "aws_db_instance",
        "aws_rds_cluster",
        "aws_s3_bucket",
        "aws_dynamodb_table",
        "aws_kms_key",
        "aws_secretsmanager_secret",
        "aws_efs_file_system",
        "aws_cloudwatch_log_group",
        "aws_eip",
    ],
)
def test_what_holds_data_keys_or_an_address_is_stateful(kind: str) -> None:
    assert is_stateful(kind)


@pytest.mark.parametrize(
    "kind",
    [
        "aws_lb",
        "aws_ecs_service",
        "aws_iam_role",
        "aws_db_subnet_group",
        "aws_s3_bucket_policy",
        "aws_volume",  # AWS's types are listed, not guessed
        "terraform_data",
        "",
    ],
)
def test_what_can_be_made_again_is_not(kind: str) -> None:
    assert not is_stateful(kind)


@pytest.mark.parametrize(
    "kind",
    ["google_sql_database", "google_compute_disk", "kubernetes_persistent_volume_claim", "digitalocean_volume"],
)
def test_stores_of_other_providers_are_known_by_their_names(kind: str) -> None:
    assert is_stateful(kind)


def test_a_word_counts_only_at_the_end_of_the_name() -> None:
    assert not is_stateful("google_compute_disk_policy")


def test_every_listed_type_is_one_of_aws() -> None:
    assert all(re.fullmatch(r"aws_[a-z0-9_]+", kind) for kind in STATEFUL_TYPES)
