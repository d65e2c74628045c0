from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit import projects
from tests.unit.examples import examples
from tests.unit.projects import DEV, STATE

from infragate.domain.environment import PURPOSES, project
from infragate.domain.errors import BadInput

PROJECT = projects.typed()


def test_every_name_is_derived_from_service_and_environment() -> None:
    dev = PROJECT.environment("dev")
    assert (dev.prefix, dev.state_key, dev.external_id, dev.var_file, dev.directory) == (
        "fileflow-dev",
        "fileflow/dev/terraform.tfstate",
        "fileflow-dev",
        "dev.tfvars",
        "infra/envs/dev",
    )


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_role_is_in_its_account_and_its_state_role_in_the_state_account(purpose: str) -> None:
    dev = PROJECT.environment("dev")
    assert dev.role_arn(purpose) == f"arn:aws:iam::{DEV}:role/fileflow-dev-{purpose}"  # type: ignore[arg-type]
    assert dev.state_role_arn(purpose) == f"arn:aws:iam::{STATE}:role/fileflow-dev-state-{purpose}"  # type: ignore[arg-type]


def test_the_regions_are_the_projects_unless_something_else_is_said() -> None:
    document = projects.document()
    document["environments"]["dev"]["region"] = "eu-central-1"
    made = project(document, file="f")
    assert [entry.region for entry in made.environments] == ["eu-central-1", "ap-northeast-2"]
    assert made.state.region == "ap-northeast-2"


def test_what_is_not_said_has_its_default() -> None:
    dev = PROJECT.environment("dev")
    assert (dev.protected, dev.owners) == (False, ())
    assert (PROJECT.state.lock, PROJECT.state.noncurrent_days) == ("dynamodb", 365)
    assert PROJECT.callers.bootstrap_role_name == "OrganizationAccountAccessRole"


def test_environments_keep_the_order_of_the_file() -> None:
    assert PROJECT.names == ("dev", "prod")


def test_two_environments_cannot_share_an_account() -> None:
    document = projects.document()
    document["environments"]["prod"]["account_id"] = DEV
    with pytest.raises(BadInput, match=f"dev and prod share account {DEV}"):
        project(document, file="f")


def test_no_environment_can_be_in_the_state_account() -> None:
    document = projects.document()
    document["environments"]["dev"]["account_id"] = STATE
    with pytest.raises(BadInput, match="is in the state account"):
        project(document, file="f")


def test_no_environment_can_have_the_folder_of_the_records_of_drift() -> None:
    document = projects.document()
    document["environments"]["drift"] = {"account_id": "555555555555"}
    with pytest.raises(BadInput, match="no environment can be called drift"):
        project(document, file="f")


def test_the_role_of_drift_is_in_the_state_account() -> None:
    assert PROJECT.drift_role_arn == f"arn:aws:iam::{STATE}:role/fileflow-drift"


def test_an_unknown_environment_gets_the_nearest_name_and_the_file() -> None:
    with pytest.raises(BadInput) as caught:
        PROJECT.environment("prd")
    assert caught.value.message == "unknown environment 'prd'"
    assert (caught.value.where, caught.value.fix) == ("infra/environments.yaml", "did you mean --env prod?")


def test_an_environment_that_is_like_none_gets_all_names() -> None:
    with pytest.raises(BadInput) as caught:
        PROJECT.environment("zzz")
    assert caught.value.fix == "use one of: dev, prod"


HOSTILE = [
    "",
    "../prod",
    "dev/../../prod",
    "dev\n::error::x",
    "$(touch x)",
    "-lock=false",
    "DEV",
    "dev ",
    "dév",
    "d" * 17,
    "dev\x00",
    "\x1b[2J",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(BadInput, match="not an Environment name") as caught:
        PROJECT.environment(name)
    assert not name.strip() or name not in f"{caught.value.message}{caught.value.where}{caught.value.fix}"


@given(st.text(max_size=200))
@examples(100)
def test_any_name_is_either_an_environment_or_refused_in_plain_words(name: str) -> None:
    try:
        assert PROJECT.environment(name).name == name
    except BadInput as error:
        assert error.message.isprintable()
