from __future__ import annotations

import re

import pytest
from tests.unit import projects
from tests.unit.projects import DEV, ROOT, STATE

from infragate.domain.bootstrap import role_policies
from infragate.domain.bootstrap.bootstrap_resources import BootstrapResource, environment_resources, state_resources

PROJECT, TEMPLATES = projects.typed(), projects.templates()
DEV_SPEC = role_policies.environment_account(PROJECT, PROJECT.environment("dev"), TEMPLATES)
STATE_SPEC = role_policies.state_account(PROJECT, TEMPLATES, kms_key_arn="arn:aws:kms:::key/1")
IN_STATE = state_resources(PROJECT, STATE_SPEC)
IN_DEV = environment_resources("fileflow-dev", DEV_SPEC)


def resource_at(resources: tuple[BootstrapResource, ...], address: str) -> BootstrapResource:
    return next(entry for entry in resources if entry.address == address)


@pytest.mark.parametrize("resources", [IN_STATE, IN_DEV], ids=["state", "environment"])
def test_no_two_resources_share_an_address(resources: tuple[BootstrapResource, ...]) -> None:
    assert len({entry.address for entry in resources}) == len(resources)


@pytest.mark.parametrize("resources", [IN_STATE, IN_DEV], ids=["state", "environment"])
def test_an_address_begins_with_its_kind(resources: tuple[BootstrapResource, ...]) -> None:
    assert all(entry.address.startswith(f"{entry.kind}.") for entry in resources)


@pytest.mark.parametrize(
    ("resources", "root"), [(IN_STATE, "state"), (IN_DEV, "environment")], ids=["state", "environment"]
)
def test_the_resources_of_a_root_are_those_in_its_files(resources: tuple[BootstrapResource, ...], root: str) -> None:
    folder = ROOT / "infra" / "bootstrap" / root
    written = {
        f"{kind}.{name}"
        for path in folder.glob("*.tf")
        for kind, name in re.findall(r'^resource "(\w+)" "(\w+)"', path.read_text(), re.MULTILINE)
    }
    assert {entry.address.partition("[")[0] for entry in resources} == written


@pytest.mark.parametrize(
    ("address", "identity"),
    [
        ("aws_kms_key.state", "alias/acme-fileflow-tfstate"),
        ("aws_kms_alias.state", "alias/acme-fileflow-tfstate"),
        ("aws_s3_bucket.state", "acme-fileflow-tfstate"),
        ("aws_s3_bucket_versioning.state", "acme-fileflow-tfstate"),
        ("aws_dynamodb_table.lock", "acme-fileflow-tflock"),
        (
            "aws_iam_openid_connect_provider.github",
            f"arn:aws:iam::{STATE}:oidc-provider/token.actions.githubusercontent.com",
        ),
        ('aws_iam_role.state["dev-plan"]', "fileflow-dev-state-plan"),
        ('aws_iam_role_policy.state["prod-apply/state-write"]', "fileflow-prod-state-apply:state-write"),
        ('aws_iam_role_policies_exclusive.state["dev-break-glass"]', "fileflow-dev-state-break-glass"),
        ("aws_iam_role_policy.drift", "fileflow-drift:drift-records"),
    ],
)
def test_a_resource_of_the_state_account_is_imported_by_its_id(address: str, identity: str) -> None:
    assert resource_at(IN_STATE, address).id == identity


@pytest.mark.parametrize(
    ("address", "identity"),
    [
        ('aws_iam_service_linked_role.this["rds.amazonaws.com"]', "rds.amazonaws.com"),
        ("aws_iam_policy.boundary", f"arn:aws:iam::{DEV}:policy/fileflow-dev-boundary"),
        ('aws_iam_policy.pipeline["pipeline-iam"]', f"arn:aws:iam::{DEV}:policy/fileflow-dev-pipeline-iam"),
        ('aws_iam_role.this["break-glass"]', "fileflow-dev-break-glass"),
        ('aws_iam_role_policy.this["plan/state-role"]', "fileflow-dev-plan:state-role"),
        ('aws_iam_role_policy_attachments_exclusive.this["apply"]', "fileflow-dev-apply"),
    ],
)
def test_a_resource_of_an_environment_is_imported_by_its_id(address: str, identity: str) -> None:
    assert resource_at(IN_DEV, address).id == identity


def test_every_role_is_looked_after_with_its_policies() -> None:
    kinds = [entry.kind for entry in IN_DEV if "break-glass" in entry.address]
    assert sorted(kinds) == [
        "aws_iam_role",
        "aws_iam_role_policies_exclusive",
        "aws_iam_role_policy",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachments_exclusive",
    ]


def test_resources_have_names_that_people_use() -> None:
    assert resource_at(IN_STATE, "aws_s3_bucket_public_access_block.state").name == (
        "bucket acme-fileflow-tfstate: public access block"
    )
