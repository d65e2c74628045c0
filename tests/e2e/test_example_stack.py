"""The examples: fileflow-minimal planned as its README says, alarm-chat by its own tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import module_world, product
from tests.e2e.product import ROOT

EXAMPLE, ALARM_CHAT = "examples/fileflow-minimal", "examples/alarm-chat"
MODULES = {"sg_alb", "sg_app", "sg_db", "alb", "rds", "iam", "ecs_service", "alarms"}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with product.checkout(tmp_path_factory.mktemp("minimal") / "checkout") as made:
        shutil.copytree(ROOT / EXAMPLE, made.root / EXAMPLE, ignore=shutil.ignore_patterns(".terraform"))
        environments = made.root / "infra" / "environments.yaml"
        account = '    account_id: "111111111111"\n'
        environments.write_text(environments.read_text().replace(account, f"{account}    directory: {EXAMPLE}\n"))
        made.ok("modules-lock", "--sandbox")
        made.commit("the example is dev")
        yield made.ok("plan", "--env", "dev", "--sandbox", "--json").document["result"]


def test_it_is_planned_as_a_whole(planned: dict[str, Any]) -> None:
    summary = planned["summary"]
    assert summary["add"] == len(planned["changes"]) > 20
    assert summary["change"] == summary["destroy"] == summary["replace"] == 0
    assert planned["manifest"]["directory"] == EXAMPLE


def test_it_uses_every_module_of_a_service(planned: dict[str, Any]) -> None:
    assert {change["address"].split(".")[1] for change in planned["changes"]} == MODULES


@pytest.mark.parametrize("example", [EXAMPLE, ALARM_CHAT])
def test_its_provider_is_the_one_of_the_stacks(example: str) -> None:
    name = ".terraform.lock.hcl"
    assert (ROOT / example / name).read_bytes() == (ROOT / "infra" / "envs" / "dev" / name).read_bytes()


def test_the_way_of_alarms_into_slack_passes_its_own_tests(tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / ALARM_CHAT, tmp_path / "chat", ignore=shutil.ignore_patterns(".terraform"))
    tested = module_world.terraform_test(folder)
    assert tested.code == 0, tested.said
    assert len(tested.runs) == 6
    assert set(tested.runs.values()) == {"pass"}
