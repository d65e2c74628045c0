"""Drift for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from infragate.domain.drift.report import DriftItem, DriftReport, StackDrift
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import Field


def item(**values: Any) -> DriftItem:
    """One resource that somebody changed."""
    stated: dict[str, Any] = {
        "address": "aws_x.x",
        "type": "aws_x",
        "cause": "out-of-band",
        "severity": Severity.MEDIUM,
        "fields": (Field(path="a", before=1, after=2),),
        "evidence": "the state has 2",
    }
    return DriftItem(**{**stated, **values})


def stack(*items: DriftItem, **values: Any) -> StackDrift:
    """The drift of dev."""
    stated: dict[str, Any] = {"environment": "dev", "directory": "infra/envs/dev", "status": "drift", "items": items}
    return StackDrift(**{**stated, **values})


def report(*stacks: StackDrift) -> DriftReport:
    """A run of `drift`."""
    return DriftReport(stacks=stacks or (stack(item()),), started_at=datetime(2026, 11, 26, 9, tzinfo=UTC))
