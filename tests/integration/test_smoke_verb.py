"""`smoke`: health of what the state names, asked of AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.integration import fake_aws
from tests.integration.world import World

SMOKE = ("smoke", "--env", "dev")


@pytest.fixture
def database_gone(dev: World) -> Iterator[World]:
    """The database of the state is not in AWS."""
    rds = fake_aws.client("rds", fake_aws.DEV)
    rds.modify_db_instance(
        DBInstanceIdentifier="fileflow-dev", NewDBInstanceIdentifier="renamed", ApplyImmediately=True
    )
    yield dev
    rds.modify_db_instance(
        DBInstanceIdentifier="renamed", NewDBInstanceIdentifier="fileflow-dev", ApplyImmediately=True
    )


def test_a_healthy_service_passes_every_check(dev: World) -> None:
    result = dev.result(*SMOKE)
    assert result["healthy"]
    assert {check["name"] for check in result["checks"]} == {"ecs", "targets", "rds", "rds-reach", "alarm"}


def test_a_task_that_does_not_run_fails_it(dev: World) -> None:
    fake_aws.tasks_run(1)
    done = dev.run(*SMOKE)
    assert done.code == 8
    assert "1 of 2 tasks run" in done.out
    assert done.out.splitlines()[-1].startswith("dev is NOT healthy: 1 of")


def test_it_asks_again_until_the_time_is_over(dev: World) -> None:
    fake_aws.tasks_run(0)
    done = dev.run(*SMOKE, "--wait", "--timeout", "3")
    assert done.code == 8
    assert re.search(r"not yet healthy after \d s: ecs fileflow-dev", done.err)


def test_a_database_that_is_gone_fails_it(database_gone: World) -> None:
    done = database_gone.run(*SMOKE, "--json")
    failed = {check["name"] for check in done.document["result"]["checks"] if check["status"] == "fail"}
    assert (done.code, failed) == (8, {"rds"})


def test_a_state_with_nothing_to_ask_about_is_no_health(dev: World) -> None:
    done = dev.run("smoke", "--env", "stg")
    assert (done.code, "nothing to check" in done.error[0]) == (4, True)
