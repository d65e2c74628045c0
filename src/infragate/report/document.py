"""The JSON document of a verb (schemas/documents.schema.json)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from infragate.domain.command import DEFAULT_CALLER, Caller
from infragate.domain.errors import InfragateError, Interrupted

SCHEMA_VERSION = 1


def success(
    *,
    verb: str,
    environment: str | None,
    status: str,
    exit_code: int,
    started_at: datetime,
    seconds: float,
    result: Any,
    error: InfragateError | None = None,
    caller: Caller = DEFAULT_CALLER,
) -> dict[str, Any]:
    """The document of a run that came to a result; `error` where that result is itself a failure."""
    return _document(verb, environment, status, exit_code, started_at, seconds, result, error and _shown(error, caller))


def failure(
    *,
    verb: str,
    environment: str | None,
    error: InfragateError,
    started_at: datetime,
    seconds: float,
    caller: Caller = DEFAULT_CALLER,
) -> dict[str, Any]:
    """The document of a run that ended in an error."""
    code = error.code if isinstance(error, Interrupted) else error.exit_code
    return _document(verb, environment, "error", code, started_at, seconds, None, _shown(error, caller))


def _shown(error: InfragateError, caller: Caller) -> dict[str, str | None]:
    fix = caller.spell(error.fix) if error.fix else None
    return {"class": type(error).__name__, "message": error.message, "where": error.where, "fix": fix}


def _document(
    verb: str,
    environment: str | None,
    status: str,
    code: int,
    started: datetime,
    seconds: float,
    result: Any,
    error: Any,
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "verb": verb,
        "environment": environment,
        "status": status,
        "exit_code": code,
        "started_at": started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "duration_seconds": round(seconds, 3),
        "result": result,
        "error": error,
    }
