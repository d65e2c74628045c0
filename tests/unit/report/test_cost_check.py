"""What `cost-check` prints, and its document."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from infragate.adapters.policy_bundle import PolicyBundle
from infragate.domain.command import DEFAULT_CALLER
from infragate.domain.finding import Evidence
from infragate.domain.gate import approvals, cost
from infragate.domain.gate.cost import CostComponent, CostDelta, CostRules, ResourceCost, Unpriced
from infragate.domain.verdict import decide
from infragate.report import cost_check
from infragate.report.printer import Printer
from infragate.usecases.gate.cost_check import CostCheckResult

TODAY = date(2026, 11, 26)
SCHEMA = json.loads((resources.files("infragate") / "schemas" / "documents.schema.json").read_text())
PART = CostComponent(
    name="NAT gateway", unit="hours", quantity=Decimal(730), price=Decimal("0.059"), cost=Decimal("43.07")
)
BY_USE = CostComponent(name="Data processed", unit="GB", quantity=None, price=Decimal("0.059"), cost=None, usage=True)
NAT = ResourceCost(
    address="aws_nat_gateway.n",
    type="aws_nat_gateway",
    before=Decimal(0),
    after=Decimal("43.07"),
    components=(PART, BY_USE),
)
SAME = ResourceCost(address="aws_kms_key.k", type="aws_kms_key", before=Decimal("100.005"), after=Decimal("100.005"))
GONE = ResourceCost(address="aws_lb.gone", type="aws_lb", before=Decimal("16.425"), after=Decimal(0))


def result(*parts: ResourceCost, **more: Any) -> CostCheckResult:
    delta = CostDelta(
        currency="USD", resources=parts, source="price book (ap-northeast-2)", price_date=date(2026, 10, 5), **more
    )
    findings = cost.findings(delta, CostRules(), today=TODAY)
    evidence = Evidence(
        check="infracost",
        tool="infracost",
        version="0.10.45",
        input_digest="0" * 64,
        scanned=2,
        duration_seconds=0.25,
        result="complete",
    )
    bundle = PolicyBundle(folder=Path("/x"), origin="this checkout", commit=None, digest="0" * 64)
    return CostCheckResult(
        delta=delta,
        rules=CostRules(),
        verdict=decide(findings),
        findings=findings,
        waived=(),
        evidence=evidence,
        approvals=approvals.NONE,
        policy=bundle,
    )


def shown(given: CostCheckResult, capsys: pytest.CaptureFixture[str]) -> str:
    from infragate.adapters.local import masking

    cost_check.show(given, Printer(mode="plain", colour=False, masker=masking.masker()))
    return capsys.readouterr().out


def test_the_document_fits_its_schema_and_holds_all_digits() -> None:
    document = cost_check.document(result(NAT, SAME, unpriced=(Unpriced(address="", reason="x"),)), DEFAULT_CALLER)
    jsonschema.validate(document, {"$ref": "#/$defs/cost-check", "$defs": SCHEMA["$defs"]})
    assert (document["before"], document["after"], document["delta"]) == ("100.005", "143.075", "43.070")
    assert (document["percent"], document["known"], document["price_date"]) == ("43.07", False, "2026-10-05")
    assert document["resources"][0]["not_estimated"] == ["Data processed"]
    assert document["unpriced"] == [{"address": None, "reason": "x"}]


def test_without_a_cost_before_the_percentage_is_null() -> None:
    assert cost_check.document(result(NAT), DEFAULT_CALLER)["percent"] is None


def test_what_changes_most_is_shown_first_and_the_verdict_last(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(result(GONE, NAT, SAME), capsys).splitlines()
    assert lines[:3] == [
        "aws_nat_gateway.n  0.00  43.07  +43.07",
        "aws_lb.gone  16.43  0.00  -16.43",
        "cost: 116.43 -> 143.08 USD a month, +26.65 USD a month (+22.88%)",
    ]
    assert "1 more resources do not change it" in lines
    assert "not in it: 1 parts of 1 resources, which are paid by use (docs/cost.md)" in lines
    assert "prices: price book (ap-northeast-2) of 2026-10-05" in lines
    assert lines[-1] == "verdict: needs-approvals (2 approvals)"


def test_a_total_that_does_not_hold_everything_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(result(SAME, unpriced=(Unpriced(address="aws_mq_broker.b", reason="no price for it"),)), capsys)
    assert "cost: not all known; 100.01 -> 100.01 USD a month" in said
    assert "refused: its cost is unknown: no price for it" in said
    assert "  where: aws_mq_broker.b" in said


def test_the_names_of_those_who_approved_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    approved = replace(approvals.NONE, names=("ann", "ben"), not_counted=(("cat", "is the author"),))
    said = shown(replace(result(NAT), approvals=approved), capsys)
    assert "approved by: ann, ben" in said
    assert "not counted: cat: is the author" in said
