"""Plans for the tests of drift: recorded ones, small ones, and what the classification says of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.unit.plan_documents import Document, plan

from infragate.adapters.local import drift_noise_file
from infragate.domain import plan as plans
from infragate.domain.drift import classify
from infragate.domain.drift.applied import AppliedCode
from infragate.domain.drift.classify import Beside
from infragate.domain.drift.noise import first_step
from infragate.domain.drift.report import DriftItem

RECORDED = Path(__file__).parents[1] / "data" / "drift"
COMMIT = "0123456789ab" + 28 * "0"
SAME = AppliedCode(commit=COMMIT, at=datetime(2026, 11, 20, tzinfo=UTC), same=True, commits=0)
OTHER = AppliedCode(commit=COMMIT, at=datetime(2026, 11, 20, tzinfo=UTC), commits=2)


def recorded(name: str) -> Any:
    """A document of `tests/data/drift`: plans of prod in the sandbox, as far as they are read, and the state's data."""
    return json.loads((RECORDED / f"{name}.json").read_text())


def items(
    document: Document,
    *,
    applied: AppliedCode = SAME,
    state: Document | None = None,
    written: Mapping[str, frozenset[str]] | None = None,
) -> tuple[DriftItem, ...]:
    """What the classification says of a plan."""
    beside = Beside(applied=applied, rules=drift_noise_file.load(), state=state or {}, written=written or {})
    return classify.items(plans.read(document), document, beside)


def drifted(*entries: Document, drift: Collection[Document] = (), **more: Any) -> Document:
    """A plan of these changes after this drift."""
    return plan(*entries, resource_drift=list(drift), **more)


def hidden(found: Collection[DriftItem], injected: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of the injected changes (address and attribute, "" for the whole resource) that no counted item names."""
    told = {
        (item.address, name)
        for item in found
        if item.counts
        for name in ("", *(first_step(field.path) for field in item.fields))
    }
    return sorted(set(injected) - told)
