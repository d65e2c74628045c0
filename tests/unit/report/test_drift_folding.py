"""A Stack that was never applied is one line where people read, and the JSON document still has every resource."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit import drift_results
from tests.unit.drift_values import item, report, stack
from tests.unit.examples import examples

from infragate.domain.command import DEFAULT_CALLER
from infragate.domain.drift.folding import folded
from infragate.domain.drift.report import DriftItem
from infragate.domain.finding import Severity
from infragate.domain.redaction import Masker
from infragate.report import drift, drift_issue, drift_markdown, drift_message, drift_page
from infragate.report.printer import Printer


def new(number: int, evidence: str = "new in the code; no apply that succeeded is recorded") -> DriftItem:
    """A resource that waits for its first apply; every tenth touches security."""
    bad = number % 10 == 0
    return item(
        address=f"aws_x.x{number}",
        cause="not-applied",
        action="create",
        severity=Severity.MEDIUM if bad else Severity.LOW,
        marks=frozenset({"security"} if bad else ()),
        fields=(),
        evidence=evidence,
    )


NEVER_APPLIED = stack(*map(new, range(34)), item(address="aws_y.y", severity=Severity.LOW))
LINE = "34 resources: aws_x.x0, aws_x.x1, aws_x.x2 and 31 more"


def test_many_new_resources_are_one_item_as_bad_as_the_worst() -> None:
    one, other = folded(NEVER_APPLIED.counted)
    assert (one.address, one.severity, one.marks) == (LINE, Severity.MEDIUM, frozenset({"security"}))
    assert other.address == "aws_y.y"


@pytest.mark.parametrize("number", [1, 5])
def test_a_few_are_listed_one_by_one(number: int) -> None:
    items = tuple(map(new, range(number)))
    assert folded(items) == items


@given(
    items=st.lists(
        st.one_of(
            st.builds(new, st.integers(0, 50), st.sampled_from(["a", "b"])),
            st.builds(lambda number: item(address=f"aws_y.y{number}", action="update"), st.integers(0, 50)),
            st.builds(lambda number: item(address=f"aws_z.z{number}", action="create", fields=()), st.integers(0, 9)),
        ),
        max_size=40,
    )
)
@examples(100)
def test_only_what_waits_for_its_first_apply_is_folded_and_nothing_is_lost(items: list[DriftItem]) -> None:
    shown = folded(items)
    others = [each for each in items if each.cause != "not-applied"]
    assert [each for each in shown if each.cause != "not-applied"] == others
    counts = [int(each.address.split()[0]) if " resources: " in each.address else 1 for each in shown]
    assert sum(counts) == len(items)
    assert max((each.severity for each in shown), default=None) == max((each.severity for each in items), default=None)


def test_the_issue_the_message_and_the_reports_have_one_line_and_the_true_number() -> None:
    issue = drift_issue.markdown(NEVER_APPLIED, None, page=None)
    assert "35 differences." in issue
    message = drift_message.whole(NEVER_APPLIED, "open", None, page=None)
    assert message.text == "Drift in dev: 35 differences, the worst medium"
    assert len(message.blocks) == 5
    view = drift_results.view(NEVER_APPLIED)
    assert (view["stacks"][0]["counted"], view["stacks"][0]["left"]) == (35, 0)
    for text in (issue, str(message.blocks), drift_markdown.markdown(view), drift_page.page(view)):
        assert (LINE in text, "aws_x.x9" in text) == (True, False)


def test_a_person_reads_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    drift.show(report(NEVER_APPLIED), Printer(mode="plain", colour=False, masker=Masker()))
    out = capsys.readouterr().out.splitlines()
    assert out[4:6] == [
        "  MEDIUM not-applied (security): new in the code; no apply that succeeded is recorded",
        f"      {LINE}",
    ]
    assert out[-1].startswith("dev  drift  34 not-applied, 1 out-of-band")


def test_the_document_has_them_all() -> None:
    (document,) = drift.document(report(NEVER_APPLIED), DEFAULT_CALLER)["stacks"]
    assert len(document["items"]) == 35
