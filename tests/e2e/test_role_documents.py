"""docs/roles.md says what is there: every row of its tables against the live roles and the settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e import (
    documents,
    role_rows_account,
    role_rows_allowed,
    role_rows_callers,
    role_rows_escapes,
    role_rows_state,
    role_world,
)
from tests.e2e.documents import Row, words
from tests.e2e.role_world import DEV, STATE, World

from infragate.domain.environment import PURPOSES

PAGE = "roles.md"
TABLES = documents.tables(PAGE)
COMMANDS = TABLES.pop("Roles / you want to")
UNUSED = TABLES.pop("Where the rights come from / action")  # tests/unit/domain/test_recorded_life.py
TRUST = TABLES.pop("Trust / role")
SUBJECTS = TABLES.pop("Trust / role 2")
BOUNDARY = TABLES.pop("The boundary / statement")
ALLOWED = {row.name for row in role_rows_allowed.ROWS}
DENIED = {
    row.name
    for table in (role_rows_callers, role_rows_state, role_rows_account, role_rows_escapes)
    for row in table.ROWS
}
WHO = {
    "the Atlantis task role": "arn:aws:iam::999999999999:role/atlantis-task",
    "engineers on call": "arn:aws:iam::999999999999:user/oncall-*",
    **{f"the {purpose} role": f"arn:aws:iam::{DEV}:role/fileflow-dev-{purpose}" for purpose in PURPOSES},
}
GITHUB = {
    account: f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com" for account in (DEV, STATE)
}
DRIFT = "drift"  # the one role that belongs to no Environment


def rows(name: str) -> pytest.MarkDecorator:
    """A test for every row of a table."""
    return pytest.mark.parametrize("row", TABLES.pop(name), ids=lambda row: " ".join(row.values())[:60])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with role_world.standing(tmp_path_factory.mktemp("roles-page") / "checkout") as found:
        yield found


def _iam(world: World, role: str) -> Any:
    return world.client("admin-state" if role == DRIFT or role.startswith("state-") else "admin-dev", "iam")


def _name(role: str) -> str:
    return "fileflow-drift" if role == DRIFT else f"fileflow-dev-{role}"


def _role(world: World, role: str) -> dict[str, Any]:
    found: dict[str, Any] = _iam(world, role).get_role(RoleName=_name(role))["Role"]
    return found


def _statements(world: World, role: str) -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in _role(world, role)["AssumeRolePolicyDocument"]["Statement"]}


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _tests(statement: dict[str, Any]) -> dict[str, list[str]]:
    """Values by condition key."""
    return {key: _listed(value) for tests in statement["Condition"].values() for key, value in tests.items()}


@rows("The map / environment")
def test_the_map_is_that_of_the_settings_and_its_roles_exist(world: World, row: Row) -> None:
    environment = world.project.environment(row["environment"])
    assert (row["directory"], row["account"]) == (environment.directory, environment.account_id)
    for purpose in PURPOSES:
        arn = f"arn:aws:iam::{row['account']}:role/{row[purpose]}"
        assert arn == environment.role_arn(purpose)
        if row["environment"] != "stg":
            iam = world.client(f"admin-{row['environment']}", "iam")
            assert iam.get_role(RoleName=row[purpose])["Role"]["Arn"] == arn


@rows("The map / state roles of")
def test_the_state_roles_exist(world: World, row: Row) -> None:
    environment = world.project.environment(row["state roles of"])
    for purpose in PURPOSES:
        found = world.client("admin-state", "iam").get_role(RoleName=row[purpose])["Role"]["Arn"]
        assert found == environment.state_role_arn(purpose) == f"arn:aws:iam::{STATE}:role/{row[purpose]}"


@rows("The map / role of no environment")
def test_the_role_of_drift_exists(world: World, row: Row) -> None:
    found = world.client("admin-state", "iam").get_role(RoleName=row["role of no environment"])["Role"]["Arn"]
    assert found == world.project.drift_role_arn
    assert row["account"] == STATE


def test_every_trust_statement_is_on_the_page(world: World) -> None:
    roles = dict.fromkeys(row["role"] for row in TRUST)
    live = [(role, sid) for role in roles for sid in _statements(world, role)]
    assert [(row["role"], row["statement"]) for row in TRUST] == live
    assert set(roles) == {*PURPOSES, *(f"state-{purpose}" for purpose in PURPOSES), DRIFT}


@pytest.mark.parametrize("row", TRUST, ids=lambda row: f"{row['role']} {row['statement']}")
def test_a_trust_statement_is_as_the_page_says(world: World, row: Row) -> None:
    statement = _statements(world, row["role"])[row["statement"]]
    tests = _tests(statement)
    assert sorted(tests) == words(row["conditions on"])
    if row["who"] == "GitHub":
        assert statement["Principal"] == {"Federated": GITHUB[STATE if row["role"] == DRIFT else DEV]}
    else:
        assert tests["aws:PrincipalArn"] == [WHO[row["who"]]]


@pytest.mark.parametrize("role", ["plan", "apply", DRIFT])
def test_the_subjects_are_those_of_the_page(world: World, role: str) -> None:
    (statement,) = (one for one in _statements(world, role).values() if "Federated" in one["Principal"])
    live = _tests(statement)["token.actions.githubusercontent.com:sub"]
    assert [row["subject"] for row in SUBJECTS if row["role"] == role] == live


@rows("Sessions / fact")
def test_facts_of_sessions_are_as_the_page_says(world: World, row: Row) -> None:
    purposes = [*PURPOSES, *(f"state-{purpose}" for purpose in PURPOSES), DRIFT]
    (longest,) = {_role(world, purpose)["MaxSessionDuration"] for purpose in purposes}
    plan = _statements(world, "plan")
    provider = world.client("admin-dev", "iam").get_open_id_connect_provider(OpenIDConnectProviderArn=GITHUB[DEV])
    (calls_bootstrap,) = {world.project.callers.bootstrap_role_name}
    live = {
        "longest session of every role, in seconds": [str(longest)],
        "ExternalId of dev": _tests(plan["Atlantis"])["sts:ExternalId"],
        "ExternalId of drift": _tests(_statements(world, DRIFT)["Atlantis"])["sts:ExternalId"],
        "audience of GitHub's token": provider["ClientIDList"],
        "Atlantis": _tests(plan["Atlantis"])["aws:PrincipalArn"],
        "engineers on call": _tests(_statements(world, "break-glass")["OnCallWithMfa"])["aws:PrincipalArn"],
        "bootstrap": [calls_bootstrap],
    }
    assert [row["value"]] == live[row["fact"]]


@rows("What each role carries / role")
def test_a_role_carries_what_the_page_says(world: World, row: Row) -> None:
    name, iam = _name(row["role"]), _iam(world, row["role"])
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    own = iam.list_role_policies(RoleName=name)["PolicyNames"]
    boundary = _role(world, row["role"]).get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "-")
    managed = {f"fileflow-dev-{policy}" for policy in words(row["managed policies"])}
    assert {policy["PolicyName"] for policy in attached} == managed
    assert set(own) == set(words(row["own policies"]))
    assert boundary.rpartition("/")[2].removeprefix("fileflow-dev-") == row["boundary"]


def test_the_service_linked_roles_are_those_of_the_page(world: World) -> None:
    said = {row["service-linked role of"] for row in SERVICE_LINKED}
    roles = world.client("admin-dev", "iam").list_roles(PathPrefix="/aws-service-role/")["Roles"]
    assert {role["Path"].split("/")[2] for role in roles} == said


SERVICE_LINKED = TABLES.pop("What each role carries / service-linked role of")


@rows("What each may and may not / who")
def test_what_a_role_may_is_tried_live(row: Row) -> None:
    assert row["tried as"] in ALLOWED


@rows("What each may and may not / who 2")
def test_what_a_role_may_not_is_tried_live(row: Row) -> None:
    assert row["tried as"] in DENIED


def test_the_boundary_has_the_statements_of_the_page(world: World) -> None:
    iam, arn = world.client("admin-dev", "iam"), f"arn:aws:iam::{DEV}:policy/fileflow-dev-boundary"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    live = [(one["Sid"], one["Effect"]) for one in document["Statement"]]
    assert [(row["statement"], row["effect"]) for row in BOUNDARY] == live


def test_no_table_of_the_page_is_left_unread() -> None:
    assert TABLES == {}
