"""A person's shell, a job's shell and a real Atlantis server: the same exit codes, Verdicts and documents."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.e2e import atlantis_server, parity_cases, parity_documents, product
from tests.e2e.atlantis_pulls import alarm
from tests.e2e.job_machines import Actions, with_wrapper
from tests.e2e.parity_callers import Answers, Caller, Job, Person, Server
from tests.e2e.parity_cases import Said, Story
from tests.e2e.parity_documents import Row
from tests.e2e.product import Product

from github_emulator import server as github_server
from github_emulator.github import GitHub
from infragate.sandbox import instance

PERSON, JOB, SERVER = "a person's shell", "a job's shell", "Atlantis"
CALLERS = (PERSON, JOB, SERVER)
PAGE = product.ROOT / "docs" / "parity.md"
BEGIN, END = "<!-- what the test saw -->\n", "<!-- end -->\n"
WRITE = "INFRAGATE_TEST_WRITE_PARITY"  # set by `./nox -s parity`

NO_INSTALL = {"INFRAGATE_INSTALL": "never"}  # as on the Atlantis server
INSIDE = "in its gate [1]"
# What happened, by case and moment -> the words of the page.
CASES = {
    ("allowed", "plan"): "a change that is allowed",
    ("allowed", "cost"): "the same change, its cost",
    ("allowed", "apply"): "the same change, approved",
    ("applied", "plan"): "the same code again: nothing has drifted",
    ("approvals", "plan"): "a cost over the threshold",
    ("approvals", "cost"): "the same change, its cost",
    ("approvals", "apply"): "the same change, with one approval of two",
    ("approved", "plan"): "the same change, approved by two",
    ("blocked", "plan"): "a program that Terraform would start",
    ("input", "plan"): "code that cannot be read",
    ("tool", "plan"): "a required scanner is missing",
    ("remote", "plan"): "GitHub does not say who may approve",
    ("locked", "apply"): "somebody holds the lock of the state",
    ("integrity", "plan"): "module content that differs from the lock",
}


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The programs of a cache that is this file's own: one is taken away."""
    cache = tmp_path_factory.mktemp("parity-cache")
    shared = Path(os.environ[product.CACHE]) / "tools"
    (cache / "tools").mkdir()
    for program in shared.iterdir():
        (cache / "tools" / program.name).symlink_to(program.resolve())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(product.CACHE, str(cache))
        yield cache / "tools"


@contextmanager
def worlds(folder: Path) -> Iterator[dict[str, Caller]]:
    """The callers, each in a copy of the same world."""
    with ExitStack() as opened:
        origin = opened.enter_context(product.checkout(folder / "origin", small=alarm(parity_cases.DEV_ALARM)))
        with_wrapper(origin)
        parity_cases.prepare(origin, host=atlantis_server.HOST)
        instance.save_copy(origin.root, folder / "sandbox")
        instance.down(origin.root)
        made: list[tuple[Product, GitHub]] = []
        for name in ("person", "job", "server"):
            github = opened.enter_context(github_server.serving())
            github.members = {"acme/platform": {"bob": "active", "carol": "active"}}
            made.append((opened.enter_context(copied(origin, folder, folder / name)), github))
        (person, hers), (job, jobs), (server, servers) = made
        for name in ("reports", "machines"):
            (folder / name).mkdir()
        atlantis = opened.enter_context(atlantis_server.running(folder / "atlantis", server, servers))
        yield {
            PERSON: Person(person, hers, folder / "reports"),
            JOB: Job(Actions(job, jobs, folder / "machines", NO_INSTALL)),
            SERVER: Server(atlantis),
        }


@contextmanager
def copied(origin: Product, world: Path, folder: Path) -> Iterator[Product]:
    root, home = folder / "a check out", folder / "home"
    home.mkdir(parents=True)
    shutil.copytree(origin.root, root, symlinks=True)
    instance.load_copy(root, world / "sandbox")
    try:
        yield Product(root, home, {**origin.extra, **NO_INSTALL})
    finally:
        instance.down(root, wipe=True)


@pytest.fixture(scope="module")
def said(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Said]:
    """What each caller answered in all cases."""
    with worlds(tmp_path_factory.mktemp("parity")) as callers, ThreadPoolExecutor() as side_by_side:
        stories = {name: Story(caller, {}) for name, caller in callers.items()}
        list(side_by_side.map(Story.tell, stories.values()))
        (tools / "conftest").unlink()
        list(side_by_side.map(Story.tell_without_a_program, stories.values()))
        return {name: story.said for name, story in stories.items()}


@pytest.fixture(scope="module")
def rows(said: Mapping[str, Said]) -> tuple[Row, ...]:
    return tuple(row for moment in CASES for row in rows_of(moment, {name: said[name][moment] for name in CALLERS}))


def rows_of(moment: tuple[str, str], answers: Mapping[str, Answers]) -> Iterator[Row]:
    for verb in dict.fromkeys(verb for of_caller in answers.values() for verb in of_caller):
        yield Row(
            case=CASES[moment],
            verb=verb,
            answers={name: answers[name][verb] for name in CALLERS if verb in answers[name]},
            absent={SERVER: INSIDE} if verb == "cost-check" else {},
        )


@pytest.mark.parametrize("moment", CASES)
def test_the_three_answers_are_one(said: Mapping[str, Said], moment: tuple[str, str]) -> None:
    for row in rows_of(moment, {name: said[name][moment] for name in CALLERS}):
        assert {*row.answers} | {*row.absent} == {*CALLERS}, row.verb
        assert len({parity_documents.told(answer) for answer in row.answers.values()}) == 1, row
        first, *others = (parity_documents.comparable(answer) for answer in row.answers.values())
        for other in others:
            assert other == first


@pytest.mark.parametrize("moment", [("allowed", "plan"), ("approvals", "plan")])
def test_the_gate_of_each_caller_names_the_amounts_of_cost_check(
    said: Mapping[str, Said], moment: tuple[str, str]
) -> None:
    priced = said[PERSON][moment[0], "cost"]["cost-check"].document["result"]
    for name in CALLERS:
        cost = said[name][moment]["gate"].document["result"]["cost"]
        assert cost == {field: priced[field] for field in cost}


def test_each_class_of_failure_is_reached(rows: tuple[Row, ...]) -> None:
    codes = {answer.code for row in rows for answer in row.answers.values()}
    assert codes == {0, 3, 4, 5, 6, 7, 8}


def test_the_page_shows_what_the_test_saw(rows: tuple[Row, ...]) -> None:
    """`./nox -s parity` writes the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    page = f"{before}{BEGIN}{parity_documents.table(rows, CALLERS)}{END}{rest.partition(END)[2]}"
    if WRITE in os.environ:
        PAGE.write_text(page)
    assert PAGE.read_text() == page
