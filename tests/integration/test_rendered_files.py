"""The generated files of this repository, over all files that git tracks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infragate.adapters import git
from infragate.adapters.local import codeowners_file, files

ROOT = Path(__file__).parents[2]
SECURITY, PLATFORM = ("@acme/security",), ("@acme/platform",)
# What judges a change or runs for it, infragate's own code among it; then the rest of what the platform owns.
PROTECTED = re.compile(
    r"(policy|workflows|\.github|infra/bootstrap|src)/.*|(.*/)?[^/]*\.lock(\.hcl)?|(.*/)?CODEOWNERS"
    r"|infra/environments\.yaml|atlantis\.yaml|tasks\.py|inv|nox|noxfile\.py|pyproject\.toml|\.gitattributes|\.gitmodules"
)
OTHERS = re.compile(r"(infra|modules|tests)/.*")


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    names = [name for name in git.run(ROOT, "ls-files", "-z").split("\0") if name]
    return [*names, "atlantis.yaml", "workflows/atlantis/repos.yaml", ".github/workflows/apply.yml", ".gitmodules"]


def test_every_protected_file_has_its_owners_and_no_others(tracked: list[str]) -> None:
    owners = codeowners_file.owners_of(lambda name: files.read(ROOT / name))
    assert owners is not None
    protected = [name for name in tracked if PROTECTED.fullmatch(name)]
    assert {name: owners(name) for name in protected} == dict.fromkeys(protected, SECURITY)
    others = [name for name in tracked if OTHERS.fullmatch(name) and not PROTECTED.fullmatch(name)]
    assert {name: owners(name) for name in others} == dict.fromkeys(others, PLATFORM)
    assert len(protected) > 150
    assert len(others) > 50


def test_no_file_is_without_an_owner(tracked: list[str]) -> None:
    owners = codeowners_file.owners_of(lambda name: files.read(ROOT / name))
    assert owners is not None
    assert [name for name in tracked if not owners(name)] == []
