"""What tests of Rego policies show: of one rule, and of a set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTest:
    """A test of the set that failed: its file, and its name with the package."""

    file: Path
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRecord:
    """What is known of one rule.

    Attributes:
        id: in its METADATA; "" if there is none.
        bad: its known-bad input; None without one.
        silence: why that does not prove the rule; "" if the rule refuses it.
        passed, failed: how many of its tests.
        fired: how often, for each plan.
        coverage: percentage of its lines that tests reach; None if it was not measured, as a test of the set fails.
    """

    package: str
    id: str = ""
    bad: Path | None = None
    silence: str = ""
    passed: int = 0
    failed: int = 0
    fired: tuple[int, ...] = ()
    coverage: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRecord:
    """What is known of a set of policies; `libraries` is the number of tests that passed and are of no rule."""

    name: str
    folder: Path
    rules: tuple[RuleRecord, ...]
    failures: tuple[FailedTest, ...] = ()
    libraries: int = 0
