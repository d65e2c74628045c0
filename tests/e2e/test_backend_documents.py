"""docs/state-backend.md says what is there: every row of its tables against the live backend and the settings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError
from tests.e2e import documents, role_world
from tests.e2e.documents import Row, words
from tests.e2e.role_world import REFUSED, ROOT, World

from infragate.adapters.local import policy_templates
from infragate.domain.bootstrap import bootstrap_resources, role_policies
from infragate.domain.environment import PURPOSES, Environment, Project
from infragate.usecases import state_backend

PAGE = "state-backend.md"
TABLES = documents.tables(PAGE)
KEY_STATEMENTS = TABLES.pop("Encryption / statement")
BUCKET_STATEMENTS = TABLES.pop("Protection / statement")
ASKED = ("read", "write", "remove")


def rows(name: str) -> pytest.MarkDecorator:
    """A test for every row of a table."""
    return pytest.mark.parametrize("row", TABLES.pop(name), ids=lambda row: " ".join(row.values())[:60])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with role_world.standing(tmp_path_factory.mktemp("documents") / "checkout") as found:
        _objects(found)
        yield found


def _objects(world: World) -> None:
    """One object for each key of the page, and a lock item for each of its items."""
    for key in ("fileflow/dev/snapshots/1.tfstate", "fileflow/dev/records/1.json"):
        world.client("dev-state-apply", "s3").put_object(Bucket=world.bucket, Key=key, **world.encrypted())
    own = "bootstrap/dev/terraform.tfstate"
    world.client("admin-state", "s3").put_object(Bucket=world.bucket, Key=own, **world.encrypted())


@rows("Names / thing")
def test_names_are_those_of_the_settings(row: Row) -> None:
    found = yaml.safe_load((ROOT / "infra" / "environments.yaml").read_text())
    for part in row["setting"].split("."):
        found = found[part]
    assert row["name"] == str(found)


@rows("Partitioning / key in the bucket")
@pytest.mark.parametrize("purpose", PURPOSES)
def test_who_may_do_what_with_an_object(world: World, row: Row, purpose: str) -> None:
    s3 = world.client(f"dev-state-{purpose}", "s3")
    key = {"Bucket": world.bucket, "Key": row["key in the bucket"]}
    calls = {
        "read": partial(s3.get_object, **key),
        "write": partial(s3.put_object, **key, Body=b'{"serial": 2}', **world.encrypted()),
        "remove": partial(s3.delete_object, **key),
    }
    assert _possible(calls) == set(words(row[purpose]))


@rows("Partitioning / item in the lock table")
@pytest.mark.parametrize("purpose", PURPOSES)
def test_who_may_do_what_with_a_lock_item(world: World, row: Row, purpose: str) -> None:
    dynamodb = world.client(f"dev-state-{purpose}", "dynamodb")
    item = {"LockID": {"S": row["item in the lock table"]}}
    calls = {
        "read": partial(dynamodb.get_item, TableName=world.table, Key=item),
        "write": partial(dynamodb.put_item, TableName=world.table, Item=item),
        "remove": partial(dynamodb.delete_item, TableName=world.table, Key=item),
    }
    assert _possible(calls) == set(words(row[purpose]))


def _possible(calls: Mapping[str, Callable[[], object]]) -> set[str]:
    """What is not refused; removing an object of a versioned bucket loses nothing, so the next row finds it refused or not."""
    done = set()
    for name in ASKED:
        try:
            calls[name]()
        except ClientError as error:
            if error.response["Error"]["Code"] in REFUSED:
                continue
            assert error.response["Error"]["Code"] == "NoSuchKey", error
        done.add(name)
    return done


def _live(world: World) -> dict[tuple[str, str], Any]:
    """Every setting that the page names, as AWS has it."""
    s3, kms = world.client("admin-state", "s3"), world.client("admin-state", "kms")
    dynamodb = world.client("admin-state", "dynamodb")
    rule = s3.get_bucket_encryption(Bucket=world.bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    default = rule["ApplyServerSideEncryptionByDefault"]
    blocked = s3.get_public_access_block(Bucket=world.bucket)["PublicAccessBlockConfiguration"]
    table = dynamodb.describe_table(TableName=world.table)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=world.table)["ContinuousBackupsDescription"]
    key = kms.describe_key(KeyId=world.project.state.kms_alias)["KeyMetadata"]
    alias = {key["Arn"]: world.project.state.kms_alias}
    controls = s3.get_bucket_ownership_controls(Bucket=world.bucket)["OwnershipControls"]["Rules"]
    return {
        ("bucket", "encryption"): default["SSEAlgorithm"],
        ("bucket", "key"): alias.get(default["KMSMasterKeyID"]),
        ("bucket", "bucket key"): _switch(rule["BucketKeyEnabled"]),
        ("bucket", "versioning"): s3.get_bucket_versioning(Bucket=world.bucket)["Status"],
        ("bucket", "public access"): "blocked" if len(blocked) == 4 and all(blocked.values()) else blocked,
        ("bucket", "object ownership"): controls[0]["ObjectOwnership"],
        ("table", "encryption"): table["SSEDescription"]["SSEType"],
        ("table", "key (encryption)"): alias.get(table["SSEDescription"]["KMSMasterKeyArn"]),
        ("table", "key"): table["KeySchema"][0]["AttributeName"],
        ("table", "billing"): table["BillingModeSummary"]["BillingMode"],
        ("table", "deletion protection"): _switch(table["DeletionProtectionEnabled"]),
        ("table", "point-in-time recovery"): backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        ("key", "rotation"): _switch(kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]),
        ("key", "usage"): key["KeyUsage"],
    }


def _switch(value: bool) -> str:
    return "on" if value else "off"


@rows("Encryption / of")
def test_encryption_is_as_the_page_says(world: World, row: Row) -> None:
    setting = "key (encryption)" if (row["of"], row["setting"]) == ("table", "key") else row["setting"]
    assert row["value"] == _live(world)[row["of"], setting]


@rows("Protection / of")
def test_protection_is_as_the_page_says(world: World, row: Row) -> None:
    assert row["value"] == _live(world)[row["of"], row["setting"]]


def test_a_deleted_key_waits_as_long_as_the_page_says() -> None:
    main = (ROOT / "infra" / "bootstrap" / "state" / "main.tf").read_text()
    (days,) = re.findall(r"deletion_window_in_days = (\d+)", main)
    assert f"A deleted key waits {days} days." in (documents.DOCS / PAGE).read_text()


def _statements(text: str) -> dict[str, Any]:
    return {statement["Sid"]: statement for statement in json.loads(text)["Statement"]}


def test_the_key_policy_has_the_statements_of_the_page(world: World) -> None:
    kms = world.client("admin-state", "kms")
    live = _statements(kms.get_key_policy(KeyId=world.made["state-key"], PolicyName="default")["Policy"])
    said = {row["statement"]: row for row in KEY_STATEMENTS}
    assert list(said) == list(live)
    for sid, statement in live.items():
        below = re.findall(r"arn:aws:s3:::[^/]+/(.+/)\*", json.dumps(statement))
        assert re.findall(r"below (\S+)", said[sid]["use the key for"]) == below
        assert ("the lock table" in said[sid]["use the key for"]) == ("dynamodb" in json.dumps(statement))
        assert (said[sid]["lets"] == "the bootstrap role") == ("OrganizationAccountAccessRole" in json.dumps(statement))


def test_the_bucket_policy_has_the_statements_of_the_page(world: World) -> None:
    live = _statements(world.client("admin-state", "s3").get_bucket_policy(Bucket=world.bucket)["Policy"])
    said = {row["statement"]: row for row in BUCKET_STATEMENTS}
    assert list(said) == list(live)
    excepted = {
        "-": [],
        "the state roles for break-glass": ["role/fileflow-*-state-break-glass"],
        "the state roles and the role of drift": ["role/fileflow-*-state-*", "role/fileflow-drift"],
        "the bootstrap role": ["role/OrganizationAccountAccessRole"],
    }
    for sid, statement in live.items():
        assert statement["Effect"] == "Deny"
        named = re.findall(r"role/[^\"]+", json.dumps(statement["Condition"]))
        assert named == excepted[said[sid]["except"]]


@rows("Retention / rule")
def test_old_versions_stay_as_long_as_the_page_says(world: World, row: Row) -> None:
    rules = world.client("admin-state", "s3").get_bucket_lifecycle_configuration(Bucket=world.bucket)["Rules"]
    rule = next(rule for rule in rules if rule["ID"] == row["rule"])
    old, expiration = rule.get("NoncurrentVersionExpiration", {}), rule.get("Expiration", {})
    live = {
        "old versions are removed after days": old.get("NoncurrentDays"),
        "newest old versions that always stay": old.get("NewerNoncurrentVersions"),
        "delete markers with nothing behind them": "removed" if expiration.get("ExpiredObjectDeleteMarker") else "kept",
        "removed after days": rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation"),
    }
    assert (row["value"], rule["Status"]) == (str(live[row["setting"]]), "Enabled")


@rows("Lock modes / lock")
def test_a_lock_mode_sets_what_the_page_says(world: World, row: Row) -> None:
    dev = _with_lock(world.project, row["lock"]).environment("dev")
    backend = state_backend.backend_settings(dev)
    table = "" if row["dynamodb_table"] == "-" else row["dynamodb_table"]
    assert (backend["use_lockfile"], backend["dynamodb_table"]) == (row["use_lockfile"], table)
    plan = words(row["policies of plan's state role"])
    assert list(role_policies.state_policy_names("plan", row["lock"])) == plan
    more = words(row["more for apply's state role"])
    assert list(role_policies.state_policy_names("apply", row["lock"])) == plan + more


def _with_lock(project: Project, lock: str) -> Project:
    state = replace(project.state, lock=lock)  # type: ignore[arg-type]  # the page's word
    environments: tuple[Environment, ...] = tuple(replace(one, state=state) for one in project.environments)
    return replace(project, state=state, environments=environments)


@rows("What bootstrap makes and adopts / account")
def test_bootstrap_looks_after_as_many_things_as_the_page_says(world: World, row: Row) -> None:
    project, templates = world.project, policy_templates.read(ROOT)
    if row["account"] == "state":
        spec = role_policies.state_account(project, templates, kms_key_arn="arn")
        resources = bootstrap_resources.state_resources(project, spec)
    else:
        environment = project.environment(row["account"])
        spec = role_policies.environment_account(project, environment, templates)
        resources = bootstrap_resources.environment_resources(environment.prefix, spec)
    assert (row["things"], row["of these roles"]) == (str(len(resources)), str(len(spec.roles)))


def test_every_heading_that_an_error_names_is_there() -> None:
    named = set()
    for source in (ROOT / "src").rglob("*.py"):
        named |= set(re.findall(r"docs/state-backend\.md,? '([^']+)'", source.read_text()))
        named |= set(re.findall(r"docs/state-backend\.md, \"([^\"]+)\"", source.read_text()))
    headings = set(re.findall(r"^#+ (.+)$", (documents.DOCS / PAGE).read_text(), flags=re.MULTILINE))
    assert {"State digest", "Restore a state", "errored.tfstate", "Change the backend"} <= named <= headings


def test_no_table_of_the_page_is_left_unread() -> None:
    assert set(TABLES) <= {"The state backend / you want to", "Differences / thing"}
