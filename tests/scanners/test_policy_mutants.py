"""The tests of the Rego policies notice every small fault. INFRAGATE_TEST_MUTANTS=all tries all, otherwise every eighth."""

from __future__ import annotations

import os
from pathlib import Path

import yaml
from tests.scanners.mutation import fates
from tests.scanners.rego_mutants import OPERATORS, Mutant, mutants_of
from tests.scanners.subjects import ROOT

from infragate.adapters.tools import tool_store

POLICIES = ROOT / "policy" / "rego"
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.yaml")
STEP = 1 if os.environ.get("INFRAGATE_TEST_MUTANTS") == "all" else 8


def all_mutants(opa: Path) -> list[Mutant]:
    """Mutants of every policy and of the library; what only tests use is left out."""
    files = (file for file in sorted(POLICIES.rglob("*.rego")) if file.stem not in {"testing", "policy_test"})
    names = [str(file.relative_to(POLICIES)) for file in files if not file.stem.endswith("_test")]
    return [mutant for name in names for mutant in mutants_of(opa, POLICIES, name)]


def test_no_fault_in_a_policy_goes_unnoticed(tmp_path: Path) -> None:
    opa = tool_store.program("opa", ROOT).path
    every = all_mutants(opa)
    entries = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))
    known = {(entry["file"], entry["operator"], entry["line"], entry["becomes"]) for entry in entries}
    assert known <= {mutant.name for mutant in every}, "an entry of equivalent_mutants.yaml fits no mutant"
    assert all(entry["reason"] for entry in entries)
    assert {mutant.operator for mutant in every} == set(OPERATORS)
    tried = [mutant for mutant in every if mutant.name not in known][::STEP]
    outcomes = fates(opa, POLICIES, tried, tmp_path)
    assert [mutant.name for mutant, fate in outcomes if fate == "survived"] == []
    assert sum(fate == "killed" for _mutant, fate in outcomes) > len(tried) * 0.8
