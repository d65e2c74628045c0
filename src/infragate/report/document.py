"""The JSON document of a verb (schemas/documents.schema.json)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from infragate.domain.command import DEFAULT_CALLER, Caller
from infragate.domain.errors import InfragateError
from infragate.report import findings

SCHEMA_VERSION = 1


def record(
    *,
    verb: str,
    environment: str | None,
    status: str,
    exit_code: int,
    started_at: datetime,
    seconds: float,
    result: Any = None,
    error: InfragateError | None = None,
    caller: Caller = DEFAULT_CALLER,
) -> dict[str, Any]:
    """The document of a run; `error` beside a result where that result is itself a failure."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verb": verb,
        "environment": environment,
        "status": status,
        "exit_code": exit_code,
        "started_at": started_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "duration_seconds": round(seconds, 3),
        "result": result,
        "error": error and failure_of(error, caller),
    }


def failure_of(error: InfragateError, caller: Caller) -> dict[str, Any]:
    """An error in a JSON document."""
    return {
        "class": type(error).__name__,
        "message": error.message,
        "where": error.where,
        "fix": caller.spell(error.fix) if error.fix else None,
        "findings": findings.document(error.findings, caller),
    }


def failure(*, error: InfragateError, **common: Any) -> dict[str, Any]:
    """The document of a run that ended in an error; `common` as for `record`."""
    return record(**common, status="error", exit_code=error.exit_code, error=error)
