"""`smoke`: health of what the state names, asked of AWS."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.verbs import fake_aws
from tests.verbs.world import World

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


@pytest.fixture
def declared(dev: World) -> Iterator[Callable[[str], None]]:
    """Declares checks of dev in environments.yaml."""
    path = dev.root / "infra" / "environments.yaml"
    text = path.read_text()

    def declare(checks: str) -> None:
        path.write_text(text.replace('"111111111111"\n', f'"111111111111"\n    checks:\n{checks}', 1))

    yield declare
    path.write_text(text)


def checked(world: World, code: int, name: str) -> dict[str, str]:
    done = world.run(*SMOKE, "--json")
    assert done.code == code, done.err + done.out
    found: dict[str, str] = next(check for check in done.document["result"]["checks"] if check["subject"] == name)
    return found


@pytest.mark.parametrize(
    ("path", "status", "code", "message"),
    [
        ("/", 200, 0, "status 200"),
        ("/missing", 404, 0, "status 404"),
        ("/missing", 200, 8, "status 404, expected 200"),
    ],
)
def test_an_address_is_asked_for_its_status(
    dev: World, declared: Callable[[str], None], tmp_path: Path, path: str, status: int, code: int, message: str
) -> None:
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        declared(f"      - name: front\n        http: {{url: '{url}', path: '{path}', status: {status}}}\n")
        assert checked(dev, code, "front")["message"] == message
        server.shutdown()


def test_an_output_that_is_no_address_fails(dev: World, declared: Callable[[str], None]) -> None:
    declared("      - name: front\n        http: {output: nowhere}\n")
    assert "output nowhere is not an http address" in checked(dev, 8, "front")["message"]


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("[sh, -c, 'test $INFRAGATE_ENVIRONMENT = dev']", 0, "ended with 0"),
        ("[sh, -c, 'echo queue is full >&2; exit 3']", 8, "queue is full"),
        ("[sh, -c, 'env | grep SECRET']", 8, "sh"),
    ],
)
def test_a_command_of_the_team_is_run_without_credentials(
    dev: World, declared: Callable[[str], None], command: str, code: int, message: str
) -> None:
    declared(f"      - name: own\n        command: {command}\n        timeout_seconds: 5\n")
    assert message in checked(dev, code, "own")["message"]


def test_a_check_is_one_kind_and_no_other(dev: World, declared: Callable[[str], None]) -> None:
    declared("      - name: own\n        command: [x]\n        http: {url: 'https://example.com'}\n")
    done = dev.run(*SMOKE)
    assert (done.code, "environments.yaml:" in done.error[1]) == (3, True)


def test_a_service_without_anything_to_check_is_a_warning(dev: World) -> None:
    state = fake_aws.content(fake_aws.STATE_KEY)
    groups = [entry for entry in state["resources"] if entry["type"] == "aws_cloudwatch_log_group"]
    assert groups
    fake_aws.write_state({**state, "resources": groups})
    try:
        done = dev.run(*SMOKE)
    finally:
        fake_aws.write_state(state)
    assert done.code == 0, done.err + done.out
    assert "nothing to check" in done.out
    assert "healthy" not in done.out
