"""The record of an apply in the state bucket: actor, plan, states and result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from infragate.adapters.aws.state_store import StateVersion
from infragate.adapters.local import clock
from infragate.adapters.terraform.cli import Applied
from infragate.domain.errors import InfragateError
from infragate.domain.finding import Finding
from infragate.domain.manifest import Manifest
from infragate.domain.terraform.diagnostic import errors
from infragate.usecases.session import Session

ApplyOutcome = Literal["running", "succeeded", "failed", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRecord:
    """Written when the apply begins, and overwritten when it ends."""

    session: Session
    manifest: Manifest
    before: StateVersion | None
    snapshot: str | None
    started: datetime

    def write(self, outcome: ApplyOutcome, *, applied: Applied | None = None) -> str:
        """Write the record and return its key. At the end a failure is only a warning: the apply has happened.

        Raises:
            RemoteFailed: only for "running": an apply that cannot be recorded does not start.
        """
        try:
            return self.session.store().put_record("apply", self._document(outcome, applied), self.started)
        except InfragateError as failed:
            if outcome == "running":
                raise
            self.session.warn(f"cannot complete the record of this apply: {failed.message}")
            return ""

    def _document(self, outcome: ApplyOutcome, applied: Applied | None) -> dict[str, Any]:
        session, manifest = self.session, self.manifest
        return {
            "schema_version": 1,
            "verb": "apply",
            "outcome": outcome,
            "environment": manifest.environment,
            "actor": session.actor.name,
            "pull_request": session.actor.pull_request,
            "session": session.name,
            "purpose": session.purpose,
            "commit": manifest.commit,
            "tree": manifest.tree,
            "plan_sha256": manifest.plan_sha256,
            "planned_by": manifest.actor,
            "terraform_version": manifest.terraform_version,
            "started_at": self.started.isoformat(timespec="seconds"),
            "ended_at": None if outcome == "running" else clock.now().isoformat(timespec="seconds"),
            "state_before": self.before
            and {name: getattr(self.before, name) for name in ("serial", "lineage", "version_id")},
            "snapshot": self.snapshot,
            "headline": applied.headline if applied else "",
            "done": list(applied.done) if applied else [],
            "failed": list(applied.failed) if applied else [],
            "errors": [error.summary for error in errors(applied.diagnostics)] if applied else [],
            "diagnostics": [_entry(entry.finding) for entry in applied.diagnostics] if applied else [],
        }


def _entry(finding: Finding) -> dict[str, Any]:
    """An error or warning, whole."""
    return {
        "severity": "error" if finding.fails else "warning",
        "message": finding.message,
        "address": finding.address,
        "file": finding.file,
        "line": finding.line,
        "snippet": finding.snippet,
    }
