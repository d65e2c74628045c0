"""The record of an apply in the state bucket: actor, plan, states and result.

A copy of a record that says `running` is kept in the checkout's own folder. If the run is killed, the next apply completes
the record from Terraform's output.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from infragate.adapters.aws.state_store import StateVersion
from infragate.adapters.local import clock, files
from infragate.adapters.terraform.cli import Applied
from infragate.adapters.terraform.output_reader import OutputReader, ignore
from infragate.domain.errors import InfragateError
from infragate.domain.finding import Finding
from infragate.domain.manifest import Manifest
from infragate.domain.terraform.diagnostic import errors
from infragate.usecases.gate import door
from infragate.usecases.gate.door import Passed
from infragate.usecases.stack import Stack

ApplyOutcome = Literal["running", "succeeded", "failed", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRecord:
    """Written when the apply begins, and overwritten when it ends."""

    stack: Stack
    manifest: Manifest
    before: StateVersion | None
    snapshot: str | None
    started: datetime
    passed: Passed

    def write(self, outcome: ApplyOutcome, *, applied: Applied | None = None) -> str:
        """Write the record and return its key. At the end a failure is only a warning: the apply has happened.

        Raises:
            RemoteFailed: only for "running": an apply that cannot be recorded does not start.
        """
        document, session = self._document(outcome, applied), self.stack.session
        try:
            if self.passed.past and outcome == "running":
                session.store().put_record(door.UNJUDGED, document, self.started)
            key = session.store().put_record("apply", document, self.started)
            if outcome == "succeeded":
                door.settle(self.stack, self.passed, key)
        except InfragateError as failed:
            if outcome == "running":
                raise
            session.warn(f"cannot complete the record of this apply, the next apply will: {failed.message}")
            return ""
        if outcome == "running":
            files.write(_kept(self.stack), json.dumps(document, default=str), mode=0o600)
        else:
            _kept(self.stack).unlink(missing_ok=True)
        return key

    def _document(self, outcome: ApplyOutcome, applied: Applied | None) -> dict[str, Any]:
        session, manifest = self.stack.session, self.manifest
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
            "verdict": manifest.verdict and manifest.verdict.document(),
            "approved_by": list(self.passed.approvals.names),
            "approved_commit": self.passed.approvals.commit or None,  # `commit` may be a merge that only a server has
            "break_glass_reason": self.passed.past or None,
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


def complete_killed(stack: Stack) -> None:
    """Complete the record of an apply that was killed in this checkout, if there is one; the caller is alone.

    Raises:
        RemoteFailed: the record cannot be written.
    """
    kept = _kept(stack)
    try:
        document = json.loads(files.recall(kept) or "")
        started = datetime.fromisoformat(document["started_at"])
    except (ValueError, TypeError, LookupError):
        return
    reader = OutputReader(ignore)
    for line in (files.recall(stack.transcript) or "").splitlines():
        reader(line)
    failures = errors(reader.diagnostics)
    outcome: ApplyOutcome = "failed" if failures else "succeeded" if reader.has_applied else "interrupted"
    completed = {
        **document,
        "outcome": outcome,
        "ended_at": clock.now().isoformat(timespec="seconds"),
        "headline": reader.headline,
        "done": list(reader.addresses("apply_complete")),
        "failed": list(reader.addresses("apply_errored")),
        "errors": [failure.summary for failure in failures],
    }
    stack.session.store().put_record("apply", completed, started)
    kept.unlink(missing_ok=True)
    done = len(completed["done"])
    stack.say(
        f"the apply of {document['started_at']} was killed; its record is completed: {outcome}, {done} changes made"
    )


def _kept(stack: Stack) -> Path:
    return stack.local_folder / "applying.json"


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
