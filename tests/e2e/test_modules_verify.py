"""Modules that are not what was locked: refused by `plan` before anything of them runs, and named by `modules-verify`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e import module_git, product
from tests.e2e.module_git import BOX, box, call
from tests.e2e.product import PLAN, Done, Product

VERIFY = ("modules-verify", "--env", "dev", "--sandbox", "--json")
LOCK = ("modules-lock", "--sandbox")
STACK = call("v1.0.0", 'word = "a"') + call("v1.0.0", 'word = "b"', name="other")


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("verify")
    with product.checkout(folder / "dev", small=STACK) as made:
        for name in ("stg", "prod"):
            shutil.rmtree(made.root / "infra" / "envs" / name)
        module_git.publish(made, folder, "v1.0.0", box(BOX))
        made.ok(*LOCK)
        made.commit()
        made.ok(*PLAN)
        yield made


@pytest.fixture
def dev(locked: Product) -> Iterator[Product]:
    """Lent: fetched modules and files are the sound ones afterwards."""
    fetched = modules(locked)
    kept = fetched.with_name("kept")
    shutil.copytree(fetched, kept, symlinks=True)
    tip = locked.git("rev-parse", "HEAD")
    yield locked
    shutil.rmtree(fetched, ignore_errors=True)  # gone where the code lost its calls
    kept.rename(fetched)
    locked.git("reset", "-q", "--hard", tip)


def modules(dev: Product) -> Path:
    return dev.plans / "plan" / "terraform" / "modules"


def states(done: Done) -> dict[str, str]:
    return {pin["module"]: pin["state"] for pin in done.document["result"]["pins"]}


def test_what_was_locked_is_ok(dev: Product) -> None:
    assert states(dev.ok(*VERIFY, "--remote")) == {"box": "ok", "other": "ok"}
    assert dev.ok(*LOCK, "--check").code == 0


def edited(folder: Path) -> None:
    file = folder / "modules" / "box" / "main.tf"
    file.write_text(file.read_text() + "\n# more\n")


def executable(folder: Path) -> None:
    (folder / "modules" / "box" / "main.tf").chmod(0o755)


def linked(folder: Path) -> None:
    (folder / "modules" / "box" / "passwd").symlink_to("/etc/passwd")


def submodule(folder: Path) -> None:
    inner = folder / "modules" / "inner"
    inner.mkdir()
    module_git.git(inner, "init", "--quiet")


def added(folder: Path) -> None:
    (folder / "modules" / "box" / "more.tf").write_text('resource "terraform_data" "more" {}\n')


@pytest.mark.parametrize("call_name", ["box", "other"])  # one is a clone, the other a copy of it
@pytest.mark.parametrize("harm", [edited, executable, linked, submodule, added])
def test_fetched_files_that_were_changed_are_refused(
    dev: Product, harm: Callable[[Path], None], call_name: str
) -> None:
    harm(modules(dev) / call_name)
    verified = dev.run(*VERIFY)
    assert verified.code == 7, verified.out
    assert states(verified)[call_name] == "tampered"
    if call_name == "box":
        plan = dev.run(*PLAN)
        assert plan.code == 7, plan.err
        assert "module box" in plan.error[0]
        assert "infra/envs/dev/main.tf:" in plan.error[1]
        assert "terraform plan" not in plan.err


def test_a_tag_that_was_moved_is_refused_with_both_commits(dev: Product, tmp_path: Path) -> None:
    there = module_git.repository(dev)
    honest = module_git.git(there, "rev-parse", "refs/tags/v1.0.0")
    moved = module_git.publish(dev, tmp_path, "v1.0.0", box(BOX + "\n# other\n"))
    try:
        asked = dev.run(*VERIFY, "--remote")
        shutil.rmtree(modules(dev))  # a new checkout
        plan, verified, lock = dev.run(*PLAN), dev.run(*VERIFY), dev.run(*LOCK)
        accepted = dev.ok(*LOCK, "--accept-moved")
    finally:
        module_git.git(there, "update-ref", "refs/tags/v1.0.0", honest)
    assert (asked.code, plan.code, verified.code, lock.code) == (7, 7, 7, 7)
    assert states(asked) == states(verified) == {"box": "moved", "other": "moved"}
    for done in (plan, lock):
        assert honest in done.error[0]
        assert moved in done.error[0]
    assert "terraform plan" not in plan.err
    assert accepted.out.startswith("~ https://github.com/org/infra.git//modules/box v1.0.0")


def link_out(work: Path) -> None:
    box(BOX)(work)
    (work / "modules" / "box" / "secrets").symlink_to("/etc")


def test_a_release_with_a_link_that_leads_out_of_it_is_not_locked(dev: Product, tmp_path: Path) -> None:
    module_git.publish(dev, tmp_path, "v1.0.2", link_out)
    pin(dev, "v1.0.2")
    done = dev.run(*LOCK)
    assert done.code == 7, done.err + done.out
    assert "leads out of the module" in done.error[0]
    assert "module box" in done.error[0]
    assert "infra/envs/dev/main.tf:" in done.error[1]
    assert "v1.0.2" not in (dev.root / "infra" / "modules.lock").read_text()


def test_a_pin_that_is_not_locked_is_refused(dev: Product, tmp_path: Path) -> None:
    module_git.publish(dev, tmp_path, "v1.0.1", box(BOX))
    pin(dev, "v1.0.1")
    plan, verified = dev.run(*PLAN), dev.run(*VERIFY)
    assert (plan.code, verified.code) == (7, 7), plan.err + verified.err
    assert set(states(verified).values()) == {"unlocked", "missing"}
    assert "infragate modules-lock --sandbox" in plan.error[2]


def test_a_locked_pin_that_nothing_calls_is_missing(dev: Product) -> None:
    main = dev.stack / "main.tf"
    main.write_text(main.read_text().replace(call("v1.0.0", 'word = "a"'), "").replace('module "other"', 'module "x"'))
    main.write_text(main.read_text().replace(call("v1.0.0", 'word = "b"', name="x"), ""))
    dev.commit()
    plan, verified = dev.run(*PLAN), dev.run(*VERIFY)
    assert (plan.code, verified.code) == (7, 7), plan.err + verified.err
    assert set(states(verified).values()) == {"missing"}


def test_what_was_fetched_for_a_call_that_is_gone_decides_nothing(dev: Product) -> None:
    main = dev.stack / "main.tf"
    rest = (
        main.read_text()
        .replace(call("v1.0.0", 'word = "a"'), "")
        .replace(call("v1.0.0", 'word = "b"', name="other"), "")
    )
    main.write_text(rest)
    dev.ok(*LOCK)
    dev.commit()
    plan, verified = dev.run(*PLAN), dev.run(*VERIFY)
    assert (plan.code, verified.code) == (0, 0), plan.err + verified.err
    assert not modules(dev).exists()


@pytest.mark.parametrize("ref", ["main", ""])
def test_a_branch_or_no_ref_is_no_pin(dev: Product, ref: str) -> None:
    main = dev.stack / "main.tf"
    main.write_text(main.read_text().replace("?ref=v1.0.0", f"?ref={ref}" if ref else ""))
    dev.commit()
    if ref == "main":
        module_git.git(module_git.repository(dev), "update-ref", "refs/heads/main", "v1.0.0")
    lock, plan, verified = dev.run(*LOCK), dev.run(*PLAN), dev.run(*VERIFY)
    assert (lock.code, plan.code, verified.code) == (3, 3, 3)
    for done in (lock, plan):
        assert ("is a branch" if ref else "has no ref") in done.error[0]
        assert "infra/envs/dev/main.tf:" in done.error[1]
        assert done.error[2].startswith("fix: pin a release: ?ref=vX.Y.Z")
    assert set(states(verified).values()) == {"unpinned"}


@pytest.mark.parametrize("text", ["", "{", "<<<<<<< HEAD\n{}\n", '{"schema_version": 3, "pins": []}'])
def test_a_damaged_lock_is_refused(dev: Product, text: str) -> None:
    (dev.root / "infra" / "modules.lock").write_text(text)
    dev.commit()
    for words in (PLAN, VERIFY, LOCK):
        done = dev.run(*words)
        assert done.code == 7, done.err
        assert "damaged" in done.err


def pin(dev: Product, tag: str) -> None:
    main = dev.stack / "main.tf"
    main.write_text(main.read_text().replace("?ref=v1.0.0", f"?ref={tag}"))
    dev.commit()
