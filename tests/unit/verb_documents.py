"""The JSON documents of plan, gate and cost-check as the verbs write them, for the tests of what reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.unit import gate_results
from tests.unit.plan_documents import Document

from infragate.domain import plan as plans
from infragate.domain.command import DEFAULT_CALLER
from infragate.domain.errors import InfragateError, ToolFailed
from infragate.domain.finding import Finding
from infragate.report import document, gate, json_text, plan_summary

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MANIFEST: dict[str, Any] = {
    **dict.fromkeys("account_id region directory tree environments terraform_version infragate_version".split(), "x"),
    **dict.fromkeys("role state_role state_key actor plan_sha256 plan_json_sha256 created".split(), "x"),
    **dict.fromkeys("tfvars provider_lock module_lock modules state_lineage pull_request verdict".split()),
    "schema_version": 2,
    "environment": "dev",
    "cloud": "aws",
    "state_serial": 1,
    "mode": "normal",
    "targets": [],
}


def planned(
    changes: Document | None = None, *, environment: str = "dev", commit: str | None = COMMIT
) -> dict[str, Any]:
    plan = plans.read(changes or gate_results.changes())
    target = {"cloud": "aws", "account_id": "1", "region": "r", "role": "x", "commit": commit}
    result = {
        **plan_summary.document(plan),
        "target": target,
        "headline": "Plan: 1 to add",
        "warnings": [],
        **dict.fromkeys(("plan_file", "plan_json", "manifest_file"), "x"),
        "manifest": {**MANIFEST, "commit": commit},
        "isolation": {"mode": "landlock", "in_force": "x", "not_held": []},
        "lock": None,
    }
    return written("plan", environment, result)


def judged(*findings: Finding, environment: str = "dev", **more: Any) -> dict[str, Any]:
    """Of `gate`; without Findings, about those of `gate_results`."""
    result = gate_results.result(*findings, **more)
    status = {"allow": "ok", "needs-approvals": "needs-approvals", "block": "blocked"}[result.verdict.decision]
    return written("gate", environment, gate.document(result, DEFAULT_CALLER), status=status)


def failed(verb: str, error: InfragateError | None = None, *, environment: str = "dev") -> dict[str, Any]:
    """Of a verb that ended in an error."""
    error = error or ToolFailed("terraform was ended by signal 9", where="terraform plan", fix="run it again")
    return written(verb, environment, None, status="error", error=error)


def written(
    verb: str, environment: str | None, result: Any, *, status: str = "ok", error: InfragateError | None = None
) -> dict[str, Any]:
    record = document.record(
        verb=verb,
        environment=environment,
        status=status,
        exit_code=error.exit_code if error else 0,
        started_at=datetime(2026, 11, 1, tzinfo=UTC),
        seconds=1.0,
        result=result,
        error=error,
    )
    return dict(json.loads(json_text.document(record)))


def save(folder: Path, *documents: dict[str, Any]) -> list[Path]:
    """Each in a file of its own."""
    paths = [folder / f"{one['verb']}-{one['environment']}.json" for one in documents]
    for path, one in zip(paths, documents, strict=True):
        path.write_text(json.dumps(one))
    return paths
