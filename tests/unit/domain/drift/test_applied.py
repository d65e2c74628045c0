from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from infragate.domain.drift.applied import AppliedCode

LAST: dict[str, Any] = {"commit": "0123456789abcdef", "at": datetime(2026, 11, 20, tzinfo=UTC)}
SAID = "the last apply, on 2026-11-20, was of commit 0123456789ab"


@pytest.mark.parametrize(
    ("values", "evidence"),
    [
        ({}, "no apply that succeeded is recorded"),
        ({**LAST, "same": True, "commits": 3}, f"{SAID}: the same code was applied"),
        ({**LAST, "commits": 1}, f"{SAID}; 1 commit since then touches this Stack"),
        ({**LAST, "commits": 3}, f"{SAID}; 3 commits since then touch this Stack"),
        ({**LAST}, f"{SAID}, which this clone does not have"),
        ({**LAST, "beside": True, "commits": 0}, f"{SAID}, which is not in the history of this checkout"),
        (
            {**LAST, "commits": 0, "uncommitted": True},
            f"{SAID}; 0 commits since then touch this Stack, and the checkout has uncommitted changes",
        ),
        ({**LAST, "same": True, "later": "failed"}, f"{SAID}: the same code was applied; a later one failed"),
    ],
)
def test_the_evidence_says_what_is_known_of_the_last_apply(values: dict[str, Any], evidence: str) -> None:
    assert AppliedCode(**values).evidence == evidence
