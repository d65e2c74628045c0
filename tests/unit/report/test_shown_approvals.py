"""Approvals on the screen."""

from __future__ import annotations

import pytest

from infragate.domain.gate.approvals import NONE, Approvals, MissingOwner
from infragate.domain.redaction import Masker
from infragate.report import approvals
from infragate.report.printer import Printer


def shown(given: Approvals, capsys: pytest.CaptureFixture[str]) -> list[str]:
    approvals.show(given, Printer(mode="plain", colour=False, masker=Masker()))
    return capsys.readouterr().out.splitlines()


def test_each_review_and_each_missing_owner_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    given = Approvals(
        names=("bob", "carol"),
        not_counted=(("alice", "is the author"),),
        missing_owners=(MissingOwner(file="infra/main.tf", owners=("@dave", "@acme/platform")),),
    )
    assert shown(given, capsys) == [
        "approved by: bob, carol",
        "not counted: alice: is the author",
        "no approval counts before an owner of infra/main.tf approves: @dave, @acme/platform",
    ]


def test_without_reviews_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(NONE, capsys) == []
