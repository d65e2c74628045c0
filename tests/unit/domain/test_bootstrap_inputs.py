from __future__ import annotations

import json
import re

import pytest
from tests.unit import projects
from tests.unit.projects import DEV, PROD, ROOT, STATE

from infragate.domain.bootstrap.bootstrap_inputs import bootstrap_tags, bootstrap_variables

PROJECT = projects.typed(lock="both", noncurrent_days=90)
VARIABLES = bootstrap_variables(PROJECT, version="0.1.0")


def test_the_variables_are_a_json_document() -> None:
    assert json.loads(json.dumps(VARIABLES)) == VARIABLES


@pytest.mark.parametrize("root", ["state", "environment"])
def test_both_roots_declare_every_variable_that_they_are_given(root: str) -> None:
    folder = ROOT / "infra" / "bootstrap" / root
    declared = {
        name
        for path in folder.glob("*.tf")
        for name in re.findall(r'^variable "(\w+)"', path.read_text(), re.MULTILINE)
    }
    assert set(VARIABLES) <= declared


def test_the_state_backend_is_passed_on_whole() -> None:
    assert VARIABLES["state"] == {
        "account_id": STATE,
        "region": "ap-northeast-2",
        "bucket": "acme-fileflow-tfstate",
        "lock_table": "acme-fileflow-tflock",
        "kms_alias": "alias/acme-fileflow-tfstate",
        "lock": "both",
        "noncurrent_days": 90,
    }


def test_each_environment_has_its_account_and_region() -> None:
    assert VARIABLES["environments"] == {
        "dev": {"account_id": DEV, "region": "ap-northeast-2"},
        "prod": {"account_id": PROD, "region": "ap-northeast-2"},
    }


def test_the_repository_is_known_by_the_numbers_that_a_rename_keeps() -> None:
    assert VARIABLES["github"]["repository_id"] == 90210042


@pytest.mark.parametrize("environment", ["dev", "state"])
def test_what_bootstrap_makes_has_the_five_tags(environment: str) -> None:
    assert bootstrap_tags(PROJECT, environment=environment, version="0.1.0") == {
        "org": "acme",
        "env": environment,
        "service": "fileflow",
        "version": "0.1.0",
        "owner": "team-fileflow",
    }
