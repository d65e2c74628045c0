"""The result of `policy-test`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report import findings
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.domain.gate.rule_record import RuleRecord
    from infragate.usecases.gate.policy_test import PolicyTestResult


def document(result: PolicyTestResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {
        "sets": [
            {
                "name": tested.name,
                "rules": [_rule(entry, result) for entry in tested.rules],
                "library_tests": tested.libraries,
            }
            for tested in result.sets
        ],
        "findings": findings.document(result.findings, caller),
    }


def _rule(entry: RuleRecord, result: PolicyTestResult) -> dict[str, Any]:
    return {
        "package": entry.package,
        "id": entry.id or None,
        "passed": entry.passed,
        "failed": entry.failed,
        "known_bad": _known_bad(entry),
        "fired": [{"plan": str(plan), "count": count} for plan, count in zip(result.plans, entry.fired, strict=True)],
        "coverage": entry.coverage,
    }


def show(result: PolicyTestResult, printer: Printer) -> None:
    """A line for each rule of each set, what was counted beside them, and the complaints last."""
    plans = [f"fired: {plan.name}" for plan in result.plans]
    for tested in result.sets:
        printer.heading(f"policies {tested.name}")
        rows = [_row(entry) for entry in tested.rules]
        printer.table(("rule", "tests", "known-bad input", *plans, "lines tested"), rows)
        if tested.libraries:
            printer.line(f"{tested.libraries} more tests passed, of no rule", "dim")
        if not tested.failures and not tested.libraries and not any(entry.passed for entry in tested.rules):
            printer.line(f"no tests in {tested.name}", "warn")
    findings.show(result.findings, printer)
    if result.findings:
        printer.next("docs/policies.md, 'Testing', says what each column means")


def _row(entry: RuleRecord) -> tuple[str, ...]:
    name = f"{entry.package} ({entry.id})" if entry.id else entry.package
    covered = "lines unknown" if entry.coverage is None else f"{entry.coverage:g}%"
    return (name, _tests(entry), _known_bad(entry), *(f"fired {count}" for count in entry.fired), covered)


def _tests(entry: RuleRecord) -> str:
    if not entry.passed + entry.failed:
        return "no tests"
    return f"{entry.passed} passed" + (f", {entry.failed} failed" if entry.failed else "")


def _known_bad(entry: RuleRecord) -> str:
    if entry.bad is None:
        return "none"
    return "not refused" if entry.silence else "refused"
