"""Files that a pull request brings along have no power: Python modules, infragate's own data, policies, plans."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.attacks import hostile
from tests.attacks.hostile import WALLS, Hostile
from tests.attacks.rows import ACTS
from tests.e2e import product
from tests.e2e.product import APPLY, PLAN, ROOT, SCRIPT

from aws_emulator import snapshot_file

MARKING = "import pathlib\npathlib.Path('{marks}/python').touch()\n"
NAMES = ("yaml.py", "invoke/__init__.py", "boto3.py", "json.py", "sitecustomize.py", "usercustomize.py", "tasks.py")


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with hostile.standing(tmp_path_factory.mktemp("hostile")) as made:
        yield made


@pytest.fixture
def world(standing: Hostile) -> Iterator[Hostile]:
    yield standing
    standing.clear()


# ---- Python ------------------------------------------------------------------------------------------------------


def is_imported(world: Hostile, argv: list[str]) -> bool:
    """True if a program that is started in the checkout runs Python code of the checkout."""
    subprocess.run(argv, cwd=world.product.root, env=world.product.environment(), capture_output=True)
    return (world.marks / "python").exists()


@pytest.mark.parametrize("name", ["yaml.py", "invoke/__init__.py"])
def test_a_module_of_that_name_would_be_imported_with_the_working_folder_on_the_path(world: Hostile, name: str) -> None:
    world.lay({f"/{name}": MARKING})
    assert is_imported(world, [sys.executable, "-m", "infragate", "plan", "--env", "dev", "--sandbox"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("argv", [[str(SCRIPT), *PLAN], [str(ROOT / "inv"), "--list"]], ids=["infragate", "inv"])
def test_no_module_of_the_checkout_is_imported(world: Hostile, name: str, argv: list[str]) -> None:
    world.lay({f"/{name}": MARKING})
    assert not is_imported(world, argv)


# ---- data of ours ------------------------------------------------------------------------------------------------


def test_a_journal_in_the_checkout_writes_nothing(world: Hostile) -> None:
    victim = world.marks / "journal"
    for name in ("journal.json", "0", "note.json"):
        world.lay({f"/.infragate/change/{name}": json.dumps({"files": [{"path": str(victim), "after": "x"}]})})
    world.product.run("modules-lock", "--check", "--sandbox")
    world.product.ok(*PLAN)
    assert not victim.exists()


def test_modules_in_the_checkout_are_not_used(world: Hostile) -> None:
    data = "/.infragate/sandbox/dev/plan/terraform/modules"
    listed = {"Modules": [{"Key": "", "Source": "", "Dir": "."}, {"Key": "evil", "Source": "./evil", "Dir": "evil"}]}
    world.lay({f"{data}/modules.json": json.dumps(listed), f"{data}/evil/main.tf": 'output "evil" {\n  value = 1\n}\n'})
    world.product.ok(*PLAN)


def test_a_snapshot_of_somebody_else_is_not_loaded(world: Hostile) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch '{world.marks}/pickle'",)

    folder = world.own / "sandbox"
    world.product.ok("sandbox-down")
    kept = (folder / "emulator.snapshot").read_bytes()
    snapshot_file.write(folder / "emulator.snapshot", pickle.dumps(Evil()), key=b"a key of somebody else " * 2)
    done = world.product.run("sandbox-up")
    (folder / "emulator.snapshot").write_bytes(kept)
    assert done.code == 4, done.err
    assert not (world.marks / "pickle").exists()


# ---- plans -------------------------------------------------------------------------------------------------------


def test_a_forged_plan_with_a_fitting_manifest_is_not_applied(world: Hostile, tmp_path: Path) -> None:
    world.product.ok(*PLAN, "--out", str(tmp_path / "plan"))
    manifest = tmp_path / "plan.manifest.json"
    manifest.write_text(manifest.read_text().replace('"actor": "alice"', '"actor": "bob"'))
    done = world.product.run(*APPLY, "--plan", str(tmp_path / "plan"))
    assert done.code == 7, done.err


# ---- what decides ------------------------------------------------------------------------------------------------


@pytest.fixture
def trusted(world: Hostile, tmp_path: Path) -> Path:
    """The base branch, as a server has it."""
    base = tmp_path / "base"
    shutil.copytree(world.product.root, base, ignore=shutil.ignore_patterns(".git"))
    return base


def test_a_waiver_of_the_pull_request_has_no_effect(world: Hostile, trusted: Path) -> None:
    provisioner = (ROOT / "tests" / "data" / "attacks" / "provisioner" / "evil.tf").read_text()
    world.lay({"evil.tf": provisioner})
    product.add_waivers(world.product.root, product.WAIVED)
    assert world.product.run("check", "--env", "dev").code == 0, "the waiver itself is in order"
    done = world.product.run(*PLAN, INFRAGATE_TRUSTED_ROOT=str(trusted))
    assert done.code == 8, done.err


def test_an_account_of_the_pull_request_has_no_effect(world: Hostile, trusted: Path) -> None:
    environments = world.product.root / "infra" / "environments.yaml"
    text = environments.read_text()
    environments.write_text(text.replace("111111111111", "222222222222"))
    assert environments.read_text() != text
    done = world.product.ok(*PLAN, INFRAGATE_TRUSTED_ROOT=str(trusted))
    assert "differs from the trusted one" in done.err
    assert "111111111111" in done.out
    assert "222222222222" not in done.out


def test_without_walls_a_trusted_root_is_refused(world: Hostile, trusted: Path) -> None:
    done = world.product.run(*PLAN, INFRAGATE_TRUSTED_ROOT=str(trusted), INFRAGATE_ISOLATION="none")
    assert done.code == 3, done.err


def test_the_whole_attack_is_refused_with_both(world: Hostile) -> None:
    world.lay(next(attack for attack in ACTS if attack.name == "credential-process-of-a-provider").files)
    done = world.product.run(*PLAN, **WALLS)
    assert done.code == 8, done.err
