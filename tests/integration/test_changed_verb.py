"""`changed` by its console script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e import product
from tests.e2e.product import Product
from tests.integration.console import InProcess

from infragate.adapters import git


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A checkout whose last commit changes dev."""
    with product.checkout(tmp_path_factory.mktemp("changed-verb") / "checkout") as made:
        found = InProcess(made.root, made.home, made.extra)
        if not (made.root / ".git").exists():
            git.run(made.root, "init", "--quiet", "--initial-branch=main")
        for name in ("first", "second"):
            (made.root / "infra/envs/dev" / f"{name}.txt").write_text(name)
            git.commit_all(made.root, name, author="test")
        yield found


def test_the_document_names_what_is_touched_and_why(checkout: Product) -> None:
    done = checkout.ok("changed", "--base", "HEAD~1", "--json")
    result = done.document["result"]
    assert (result["environments"], result["modules"], result["everything"]) == (["dev"], [], False)
    assert result["reasons"] == [
        {"environment": "dev", "file": "infra/envs/dev/second.txt", "rule": "stack", "detail": ""}
    ]
    assert result["base"] != result["head"]


def test_a_person_reads_the_same(checkout: Product) -> None:
    done = checkout.ok("changed", "--base", "HEAD~1")
    first, *others = done.out.splitlines()
    assert first.split() == ["dev", "stack", "infra/envs/dev/second.txt"]
    assert others == ["environments: dev", "modules: none"]


def test_a_job_gets_outputs_in_one_line_each(checkout: Product, tmp_path: Path) -> None:
    place = tmp_path / "outputs"
    place.write_text("before=1\n")
    checkout.ok("changed", "--base", "HEAD~1", "--github-output", GITHUB_OUTPUT=str(place))
    lines = dict(line.split("=", 1) for line in place.read_text().splitlines())
    assert {name: json.loads(value) for name, value in lines.items()} == {
        "before": 1,
        "environments": ["dev"],
        "modules": [],
        "everything": False,
    }


def test_outputs_without_a_job_are_bad_input(checkout: Product) -> None:
    assert checkout.run("changed", "--base", "HEAD~1", "--github-output").code == 3


def test_a_base_that_is_not_there_ends_with_3_and_writes_no_outputs(checkout: Product, tmp_path: Path) -> None:
    place = tmp_path / "outputs"
    done = checkout.run("changed", "--base", "origin/main", "--github-output", GITHUB_OUTPUT=str(place))
    assert (done.code, place.exists()) == (3, False)
    assert "git fetch origin +refs/heads/main:refs/remotes/origin/main" in done.err
