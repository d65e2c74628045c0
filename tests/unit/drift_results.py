"""Builders of drift, for the tests of its reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from infragate.domain.drift.report import DriftItem, DriftReport, StackDrift, Status
from infragate.domain.errors import RemoteFailed
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import Field
from infragate.domain.redaction import Masker
from infragate.report import drift_junit, drift_markdown, drift_page, drift_view
from infragate.report.drift_view import DriftView
from infragate.report.printer import Printer

AT = datetime(2026, 11, 1, 6, 17, tzinfo=UTC)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
RETENTION = DriftItem(
    address="module.db.aws_db_instance.main",
    type="aws_db_instance",
    cause="out-of-band",
    marks=frozenset({"loses-data"}),
    severity=Severity.HIGH,
    fields=(Field(path="backup_retention_period", before=1, after=7),),
    evidence="changed outside of Terraform since the last apply",
)
OPEN_PORT = DriftItem(
    address="module.db.aws_security_group.main",
    type="aws_security_group",
    cause="unowned",
    marks=frozenset({"security"}),
    severity=Severity.CRITICAL,
    fields=(Field(path='ingress["tcp 5432 from 0.0.0.0/0"]', before="sgr-1", after=None),),
    evidence="no resource of the Stack owns it",
    reader="security-group-rules",
)
NOISE = DriftItem(
    address="aws_ecs_service.app",
    type="aws_ecs_service",
    cause="noise",
    severity=Severity.LOW,
    fields=(Field(path="desired_count", before=3, after=2),),
    evidence="autoscaling sets it",
)
WAIVED = replace(RETENTION, address="aws_db_instance.waived", waived_by="@acme/platform")
DRIFTING = StackDrift(
    environment="prod",
    directory="infra/envs/prod",
    status="drift",
    items=(RETENTION, OPEN_PORT, NOISE, WAIVED),
    commit=COMMIT,
    applied_commit="fedcba9876543210fedcba9876543210fedcba98",
    applied_at=AT - timedelta(days=2),
    duration_seconds=12.34,
)
CLEAN = StackDrift(environment="stg", directory="infra/envs/stg", status="clean", commit=COMMIT, duration_seconds=9.0)
LOCKED = replace(
    CLEAN, environment="dev", directory="infra/envs/dev", status="skipped", reason="alice applies since 06:10"
)
BROKEN = replace(
    CLEAN,
    environment="qa",
    directory="infra/envs/qa",
    status="error",
    error=RemoteFailed("AWS refused ec2:DescribeVpcs", where="infra/envs/qa", fix="give the role that right"),
)
STACKS = (CLEAN, DRIFTING, LOCKED, BROKEN)


def report(*stacks: StackDrift, shard: str | None = None) -> DriftReport:
    """Of some Stacks; without any, of one of each status."""
    return DriftReport(stacks=stacks or STACKS, shard=shard, commit=COMMIT, started_at=AT)


def view(*stacks: StackDrift, **more: Any) -> DriftView:
    """As a plain log's printer cleans it."""
    return drift_view.view(report(*stacks), Printer(mode="plain", colour=False, masker=Masker()), **more)


def run(hours: int, status: Status = "drift", **causes: int) -> dict[str, Any]:
    """A run of the history, so many hours after the first."""
    return {
        "run": f"run-{hours}",
        "at": (AT + timedelta(hours=hours)).isoformat(),
        "status": status,
        "fingerprint": None,
        "causes": {name.replace("_", "-"): number for name, number in causes.items()},
        "commit": COMMIT,
        "duration_seconds": 3.0,
    }


def told(environment: str, *history: Mapping[str, Any], issue: str | None = None) -> dict[str, Any]:
    """What was told of a Stack."""
    return {
        "environment": environment,
        "slack": "silent",
        "issue": "silent",
        "issue_url": issue,
        "reason": "",
        "history": [dict(entry) for entry in history],
    }


def hostile(text: str) -> tuple[DriftReport, list[dict[str, Any]]]:
    """A report with this text wherever a text of others can be."""
    item = replace(
        OPEN_PORT,
        address=text,
        type=text,
        reader=text,
        evidence=text,
        fields=(Field(path=text, before=text, after={text: text}),),
    )
    listed = (replace(item, waived_by=text), replace(item, cause="noise"))
    common: dict[str, Any] = {"directory": text, "commit": text, "applied_commit": text}
    stacks = (
        replace(DRIFTING, environment=text, items=(item, *listed), **common),
        replace(LOCKED, environment=f"b{text}", reason=text, **common),
        replace(BROKEN, environment=f"c{text}", error=RemoteFailed(text, where=text, fix=text), **common),
    )
    runs = ({**run(0, unowned=1), "commit": text, "causes": {text: 1}}, run(1, "error"))
    return (
        replace(report(*stacks), shard=text, commit=text),
        [told(text, *runs, issue=text)],
    )


def files(text: str, masker: Masker) -> dict[str, str]:
    """What each report file holds, by its kind."""
    shown, remembered = hostile(text)
    seen = drift_view.view(shown, Printer(mode="plain", colour=False, masker=masker), told=remembered, missing=[text])
    return {
        "junit": drift_junit.document(seen).decode(),
        "html": drift_page.page(seen).encode("utf-8", "backslashreplace").decode(),
        "markdown": drift_markdown.markdown(seen).encode("utf-8", "backslashreplace").decode(),
    }
