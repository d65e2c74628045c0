"""dev and prod applied on v0.7.0, made once in a run of the tests: each file gets a copy with a sandbox of its own."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import pytest
from tests.e2e import product
from tests.e2e.product import Product

from infragate.sandbox import instance

NEWEST, OLDER = "v0.7.0", "v0.6.1"
ENVIRONMENTS = ("dev", "prod")
CHECKOUT, SANDBOX = "kept", "kept sandbox"


@contextmanager
def copy(folder: Path, factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A checkout whose dev and prod are applied on the newest release; its sandbox is removed at the end.

    Args:
        folder: made; holds the checkout and its HOME.
    """
    first = _made(factory)
    root, home = folder / "a check out", folder / "home"
    home.mkdir(parents=True)
    shutil.copytree(first / CHECKOUT, root, symlinks=True)
    instance.load_copy(root, first / SANDBOX)
    lent = Product(root, home, {"INFRAGATE_CACHE": os.environ[product.CACHE]})
    try:
        yield lent
    finally:
        instance.down(root, wipe=True)


def first_apply(factory: pytest.TempPathFactory, env: str) -> str:
    """What the first apply of dev or prod printed."""
    return (_made(factory) / f"apply-{env}").read_text()


def shared(factory: pytest.TempPathFactory) -> Path:
    """A folder of this run of the tests, whichever worker asks."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


def _made(factory: pytest.TempPathFactory) -> Path:
    """A folder with the first one: its checkout, without Terraform's data, and what its sandbox held."""
    place = shared(factory)
    done = place / "done"
    with filelock.FileLock(place / "lock"):
        if not done.exists():
            shutil.rmtree(place / CHECKOUT, ignore_errors=True)
            with product.checkout(place / "dev") as making:
                _apply(making, place)
                instance.save_copy(making.root, place / SANDBOX)
                shutil.copytree(making.root, place / CHECKOUT, symlinks=True)
            done.touch()
    return place


def _apply(making: Product, place: Path) -> None:
    (making.root / ".gitignore").write_text(".terraform/\nerrored.tfstate\n/inv\n")
    making.git("config", "user.name", "kim")
    making.git("config", "user.email", "kim@example.com")
    for path in (making.root / "infra" / "envs").glob("*/main.tf"):
        pin(path, NEWEST)
    making.ok("modules-lock", "--sandbox")
    making.commit(f"all modules at {NEWEST}")
    for verb in ("plan", "apply"):  # of one Environment beside the other: most of an apply is waiting
        runs = [making.start(verb, "--env", name, "--sandbox") for name in ENVIRONMENTS]
        for name, done in [(name, product.ended(run)) for name, run in zip(ENVIRONMENTS, runs, strict=True)]:
            assert done.code == 0, done.err + done.out + making.emulator_errors()
            (place / f"{verb}-{name}").write_text(done.out + done.err)


def pin(path: Path, tag: str, module: str = r"\w+") -> None:
    """Write another tag behind the sources of a Stack, as a person would."""
    text, count = re.subn(rf"(modules/{module}\?ref=)[\w.-]+", rf"\g<1>{tag}", path.read_text())
    assert count, path
    path.write_text(text)
