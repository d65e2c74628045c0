"""A machine without Terraform: the first verb fetches the pinned one, checked; a server may forbid that."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e import product
from tests.e2e.product import PLAN, ROOT, Product, stored

from infragate.adapters.tools import tool_store


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A checkout on a machine whose PATH holds no Terraform; a mirror holds a release of the one that is here."""
    folder = tmp_path_factory.mktemp("bare")
    programs = folder / "bin"
    programs.mkdir()
    for name in ("git", "sh", "cat"):
        (programs / name).symlink_to(str(shutil.which(name)))
    extra = {
        "PATH": str(programs),
        "INFRAGATE_CACHE": str(folder / "own cache"),
        "INFRAGATE_TOOLS_MIRROR": str(folder / "mirror"),
    }
    with product.checkout(folder / "checkout", small=stored("one"), extra=extra) as made:
        pin(made, release(folder / "mirror"))
        yield made


def release(mirror: Path) -> str:
    """A release archive of the Terraform of this machine, where a mirror has it; its sha256."""
    found = tool_store.program("terraform", ROOT)
    version, platform = found.version, tool_store.own_platform()
    archive = mirror / "terraform" / version / f"terraform_{version}_{platform}.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as file:
        file.write(found.path, "terraform")
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def pin(bare: Product, digest: str) -> None:
    lock = bare.root / "policy" / "tools" / "tools.lock"
    line = rf'(?m)^{tool_store.own_platform()} = "[0-9a-f]{{64}}"$'
    lock.write_text(re.sub(line, f'{tool_store.own_platform()} = "{digest}"', lock.read_text(), count=1))


def test_a_server_that_forbids_it_gets_nothing_installed(bare: Product) -> None:
    done = bare.run(*PLAN, INFRAGATE_INSTALL="never")
    assert done.code == 4, done.err
    assert done.error[2].startswith("fix: infragate tools-install")
    assert not (bare.root.parents[1] / "own cache" / "tools" / "terraform").exists()


def test_an_archive_that_is_not_the_pinned_one_is_refused(bare: Product, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(bare.extra["INFRAGATE_TOOLS_MIRROR"], mirror)
    archive = next(mirror.rglob("*.zip"))
    archive.write_bytes(archive.read_bytes() + b"x")
    done = bare.run(*PLAN, INFRAGATE_TOOLS_MIRROR=str(mirror), INFRAGATE_CACHE=str(tmp_path / "cache"))
    assert done.code == 7, done.err
    assert "sha256" in done.error[0]


def test_a_terraform_that_cannot_be_had_is_a_missing_tool(bare: Product, tmp_path: Path) -> None:
    tmp_path.joinpath("empty").mkdir()
    nowhere = {"INFRAGATE_TOOLS_MIRROR": str(tmp_path / "empty"), "INFRAGATE_CACHE": str(tmp_path / "cache")}
    done = bare.run(*PLAN, **nowhere)
    assert done.code == 4, done.err
    assert "cannot be fetched" in done.error[0]
    assert done.error[2].startswith("fix: infragate tools-install")


def test_the_first_verb_installs_it_and_goes_on(bare: Product) -> None:
    done = bare.ok(*PLAN)
    assert "Plan: 1 to add" in done.out
    assert "installing" in done.err
    assert "installing" not in bare.ok(*PLAN).err
