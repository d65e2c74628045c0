"""The runbooks' pages, and prod as their commands see it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.e2e import applied, documents, product, terminal
from tests.e2e.product import Product

RUNBOOKS = product.ROOT / "runbooks"
SERVER = "https://atlantis.acme.example"  # in the pages
Typed = Callable[..., str]


@contextmanager
def prod_applied(folder: Path, factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A checkout whose prod is applied, with the wrapper and an origin."""
    with applied.copy(folder, factory) as lent:
        equip(lent, "--sandbox")
        yield lent


def equip(checkout: Product, *flags: str) -> None:
    """Give a checkout the wrapper, which adds flags, and an origin."""
    inv = checkout.root / "inv"
    inv.write_text(f'#!/bin/sh\nexec "{product.SCRIPT}" "$@" {" ".join(flags)}\n')
    inv.chmod(0o755)
    origin = checkout.root.parent / "origin.git"
    checkout.git("clone", "--quiet", "--bare", ".", str(origin))
    checkout.git("remote", "add", "origin", str(origin))
    checkout.git("fetch", "--quiet", "origin")
    checkout.git("branch", "--quiet", "--set-upstream-to=origin/main", "main")


@contextmanager
def typing(prod: Product) -> Iterator[Typed]:
    """Types the blocks below a heading of a page; what they print."""

    def type_(page: str, heading: str, *blocks: int, code: int = 0, server: str = SERVER) -> str:
        text = written(page, heading, *blocks).replace(SERVER, server)
        argv = ["bash", "-euo", "pipefail", "-c", text]
        if "--apply" in text:  # a person confirms
            code, screen = terminal.run(argv, cwd=prod.root, env=at_terminal(prod), answers=[("Type prod", "prod")])
            assert code == 0, screen + prod.emulator_errors()
            return screen
        return typed_in(prod, text, code=code)

    yield type_
    prod.git("reset", "-q", "--hard")
    prod.git("switch", "-q", "main")


def written(page: str, heading: str, *blocks: int) -> str:
    """The blocks below a heading of a page; all of them if none is named."""
    chosen = documents.recipes(page, heading, folder=RUNBOOKS)
    return "\n".join(chosen[number] for number in blocks or range(len(chosen)))


def typed_in(checkout: Product, text: str, *, code: int = 0) -> str:
    """What commands print that are typed where nobody can answer."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=checkout.root,
        env=checkout.environment(),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == code, done.stdout + done.stderr + checkout.emulator_errors()
    return done.stdout


def at_terminal(prod: Product) -> dict[str, str]:
    """Without colours and pagers."""
    return prod.environment(TERM="dumb", NO_COLOR="1", GIT_PAGER="cat", COLUMNS="160")
