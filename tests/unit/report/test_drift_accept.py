"""The pull request of `drift-accept`: what it waives, what differs now, and nothing of foreign text live."""

from __future__ import annotations

from datetime import date

import pytest
from tests.unit.drift_values import item, stack
from tests.unit.report.test_drift_issue import HOSTILE, MARKDOWN

from infragate.domain.drift import acceptance
from infragate.domain.drift.report import DriftItem
from infragate.domain.finding import Waiver
from infragate.domain.plan_fields import Field
from infragate.report import drift_accept
from infragate.usecases.gate.waiver_request import WaiverResult, WrittenWaiver


def body(*items: DriftItem) -> str:
    """The text for all of these."""
    accepted = acceptance.choose(stack(*items), addresses=[each.address for each in items], fields=())
    waivers = [
        Waiver(
            id=each.id,
            address=each.address,
            environment="dev",
            owner="kim",
            reason="a test of restoring",
            link="https://example.com/1",
            expires=date(2026, 12, 1),
        )
        for each in accepted
    ]
    entries = tuple(WrittenWaiver(waiver=waiver, line=3, page=None) for waiver in waivers)
    return drift_accept.markdown(accepted, WaiverResult(entries=entries, approvers=("@acme/security",)))[1]


def test_a_single_entry_has_its_rule_and_address_in_rows_of_their_own() -> None:
    text = body(item(address="aws_x.x"))
    assert text.startswith("- **Rule:** `drift/a`\n- **Address:** `aws_x.x`\n- **Environment:** dev\n")
    assert "- **Last day:** 2026-12-01" in text
    assert "| ` aws_x.x ` | out-of-band | medium | ` a `: ` 1 ` → ` 2 `<br>" in text


def test_a_pull_request_of_many_entries_fits() -> None:
    fields = tuple(Field(path=f"attribute_{number}", before="x" * 500, after="y" * 500) for number in range(60))
    items = [item(address=f"aws_x.x{number}", fields=fields, evidence="e" * 400) for number in range(60)]
    text = body(*items)
    assert len(text) < 65_536
    assert "- **Rule:** 3550 more, in policy/waivers.yaml" in text
    assert "more differences are not shown." in text


@pytest.mark.parametrize("foreign", HOSTILE)
def test_nothing_of_foreign_text_is_live(foreign: str) -> None:
    hostile = item(address=foreign, evidence=foreign, fields=(Field(path=foreign, before=foreign, after=[foreign]),))
    for text in (body(hostile), body(hostile, item(address="aws_y.y"))):
        tokens = [child for token in MARKDOWN.parse(text) for child in token.children or ()]
        links = [token.attrs.get("href") for token in tokens if token.type == "link_open"]
        assert (links, [token for token in tokens if token.type == "image"]) == (["https://example.com/1"], [])
        assert {token.content for token in tokens if token.type == "html_inline"} <= {"<br>"}
        assert "@" not in "".join(token.content for token in tokens if token.type == "text")
