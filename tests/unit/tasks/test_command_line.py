"""What a person may leave out on the command line, and the help that is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from infragate.tasks import GROUPS, namespace
from infragate.tasks.command_line import Group, completed, required

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("help", "--list"),
        ("help plan", "--help plan"),
        ("plan dev", "plan --env dev"),
        ("rollback prod --to v0.6.1", "rollback --env prod --to v0.6.1"),
        ("plan --env dev", "plan --env dev"),
        ("plan --sandbox", "plan --sandbox"),
        ("plan", "plan"),
        ("plan apply", "plan apply"),
        ("sandbox-status dev", "sandbox-status dev"),
        ("nosuch dev", "nosuch dev"),
        ("", ""),
    ],
)
def test_what_a_person_leaves_out_is_added(typed: str, means: str) -> None:
    assert completed(typed.split(), GROUPS) == means.split()


def test_a_verb_is_in_one_group() -> None:
    names = [verb.name for group in GROUPS for verb in group.verbs]
    assert sorted(names) == sorted(set(names)) == sorted(namespace.task_names)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.title)
def test_the_page_of_a_group_names_each_of_its_verbs(group: Group) -> None:
    page = (ROOT / group.page).read_text()
    assert [verb.name for verb in group.verbs if verb.name not in page] == []


def test_a_verb_that_requires_nothing_says_so() -> None:
    verbs = {verb.name: verb for group in GROUPS for verb in group.verbs}
    assert required(verbs["sandbox-up"]) == []
    assert required(verbs["plan"]) == ["env"]
