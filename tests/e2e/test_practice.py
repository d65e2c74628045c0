"""`sandbox-up --scenario` in a clean clone, and the rollback that a person types there."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

import pytest
from tests.e2e import product, terminal
from tests.e2e.product import SCRIPT, Product

from infragate.adapters.local import own_folder

ROLLBACK = ("rollback", "--env", "prod", "--to", "v0.6.1")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A clone whose practice world was made once; its cache holds the copy."""
    with product.checkout(tmp_path_factory.mktemp("practice") / "clone") as made:
        made.ok("sandbox-up", "--scenario", "rollback")
        yield made


@pytest.fixture
def practice(clone: Product) -> Iterator[Product]:
    """Lent on `main`, as a person leaves it."""
    clone.git("checkout", "-q", "--force", "main")
    yield clone
    clone.git("checkout", "-q", "--force", "main")


def scenario(clone: Product, name: str) -> dict[str, object]:
    result = clone.ok("sandbox-up", "--scenario", name, "--json").document["result"]
    assert result["changed"]
    world: dict[str, object] = result["practice"]
    return world


def test_a_person_goes_back_in_a_minute_or_two(practice: Product) -> None:
    before = time.monotonic()
    world = scenario(practice, "rollback")
    assert world["from_copy"], "the copy of the first practice is used"
    assert time.monotonic() - before < 40
    began = time.monotonic()
    code, screen = terminal.run(
        [str(SCRIPT), *ROLLBACK],
        cwd=practice.root,
        env=practice.environment(INFRAGATE_SANDBOX="1", TERM="xterm"),
        answers=[("Why this rollback", "INC-42: errors since v0.7.0"), ("Type prod to apply", "prod")],
    )
    took = time.monotonic() - began
    assert code == 0, screen
    pins, question, healthy = (screen.index(words) for words in ("moves back:", "Type prod", "prod is healthy"))
    assert pins < question < healthy
    assert "INC-42" in practice.git("log", "-1", "--format=%B", "rollback/prod-v0.6.1")
    assert took < 120, f"{took:.0f} s"  # 37 s alone; six tests run side by side here


def test_enter_only_proposes(practice: Product) -> None:
    scenario(practice, "rollback")
    code, screen = terminal.run(
        [str(SCRIPT), *ROLLBACK, "--sandbox"],
        cwd=practice.root,
        env=practice.environment(TERM="xterm"),
        answers=[("Why this rollback", "INC-42"), ("Type prod to apply", "")],
    )
    assert (code, "prod is healthy" in screen) == (0, False), screen
    assert "text of the pull request" in screen


def test_drift_a_lock_and_an_unsaved_state_are_there_to_practise(practice: Product) -> None:
    assert scenario(practice, "drift")["environments"] == ["dev", "stg", "prod"]
    assert scenario(practice, "locked")["environments"] == ["prod"], "what another practice left is nobody's"
    assert "practice@sandbox" in practice.run("doctor", "--env", "prod", "--sandbox").out
    scenario(practice, "errored-state")
    done = practice.run("plan", "--env", "prod", "--sandbox")
    assert (done.code, "errored.tfstate" in done.err) == (7, True), done.err


def test_uncommitted_work_and_an_own_sandbox_are_not_touched(practice: Product) -> None:
    path = practice.root / "infra" / "envs" / "dev" / "main.tf"
    text = path.read_text() + "# mine\n"
    path.write_text(text)
    done = practice.run("sandbox-up", "--scenario", "rollback")
    assert (done.code, path.read_text()) == (3, text)
    assert "git stash" in done.error[2]
    practice.git("checkout", "-q", "--", ".")
    mark = own_folder.path(practice.root) / "sandbox" / "practice.json"
    shutil.move(mark, practice.home / "mark")
    done = practice.run("sandbox-up", "--scenario", "rollback")
    assert (done.code, "sandbox-down --wipe" in done.error[2]) == (3, True), done.err
    shutil.move(practice.home / "mark", mark)
