"""The sandbox's verbs and the rehearsal, as far as they go without an emulator."""

from __future__ import annotations

import pytest
from tests.verbs.world import World

from infragate.adapters.local import own_folder


@pytest.fixture
def dev(unapplied: World) -> World:
    return unapplied


def test_a_sandbox_that_never_ran_is_down_and_has_its_accounts(dev: World) -> None:
    result = dev.result("sandbox-status")
    assert not result["running"]
    assert result["accounts"]["dev"] == "111111111111"


def test_what_does_not_run_is_not_stopped(dev: World) -> None:
    assert "no sandbox was running" in dev.ok("sandbox-down", "--wipe").out


def edit_release(dev: World) -> None:
    """A release of the modules that is not what it was: no sandbox starts with it."""
    dev.edit(dev.root / "modules" / "releases" / "v0.6.1.patch", "without errors", "without failures")


def test_a_rehearsal_that_cannot_start_skips_every_other_step(dev: World) -> None:
    edit_release(dev)
    done = dev.run("rehearse", "--json")
    steps = done.document["result"]["steps"]
    assert done.code == 7
    assert [step["status"] for step in steps] == ["fail", *["skipped"] * (len(steps) - 1)]
    assert not (own_folder.path(dev.root) / "rehearsal").exists()


def test_the_rehearsal_of_a_protected_environment_ends_with_a_refusal(dev: World) -> None:
    edit_release(dev)
    steps = dev.run("rehearse", "--env", "prod", "--json").document["result"]["steps"]
    assert steps[-1]["name"] == "plan --destroy is refused"


@pytest.mark.parametrize("older", [None, '{"of": "an older practice"}'])
def test_a_practice_world_does_not_replace_a_state_that_could_not_be_saved(dev: World, older: str | None) -> None:
    left = dev.root / "infra" / "envs" / "prod" / "errored.tfstate"
    sandbox = own_folder.path(dev.root) / "sandbox"
    left.write_text("{}")
    if older is not None:
        sandbox.mkdir(parents=True, exist_ok=True)
        (sandbox / "practice.json").write_text('{"scenario": "errored-state"}')
        (sandbox / "practice-errored.tfstate").write_text(older)
    try:
        done = dev.run("sandbox-up", "--scenario", "errored-state")
        assert (done.code, left.read_text()) == (7, "{}"), done.err
    finally:
        left.unlink()
