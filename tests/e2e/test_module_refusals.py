"""Every rule of every module refuses something, and says so in its own words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.e2e.module_world import MODULES, copy, said_by_diagnostics, terraform_test


@pytest.mark.parametrize("module", MODULES)
def test_every_rule_of_a_module_refuses_something_with_its_message(module: str, tmp_path: Path) -> None:
    """Its own tests say that a bad input is refused; without that expectation Terraform says the message."""
    folder = copy(tmp_path, module) / module
    alone(folder / "tests")
    ended = terraform_test(folder)
    assert set(ended.runs.values()) == {"error"}
    said = " ".join(said_by_diagnostics(ended.said).split())
    rules = re.findall(
        r'error_message = "((?:[^"\\]|\\.)*)"', "".join(path.read_text() for path in folder.glob("*.tf"))
    )
    assert [rule for rule in rules if rule.replace('\\"', '"').partition("${")[0] not in said] == []


def alone(tests: Path) -> None:
    """Give each run of refused.tftest.hcl a file of its own, as one that fails ends its file; no run expects to fail."""
    (tests / "behaviour.tftest.hcl").unlink()
    head, *runs = re.split(r"(?m)^(?=run )", (tests / "refused.tftest.hcl").read_text())
    (tests / "refused.tftest.hcl").unlink()
    for number, run in enumerate(runs):
        text = re.sub(r"\n  expect_failures = \[[^]]*\]\n", "\n", run)
        (tests / f"{number}.tftest.hcl").write_text(head + text)
