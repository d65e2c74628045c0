"""Reads what the JSON document of `drift` says of a Stack; the published schema has accepted the document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from infragate.domain import errors
from infragate.domain.drift.report import DriftItem, StackDrift
from infragate.domain.errors import InfragateError
from infragate.domain.finding import Finding, InputValue, Severity
from infragate.domain.plan_fields import Field

_ERRORS = (errors.BadInput, errors.ToolFailed, errors.RemoteFailed, errors.Locked, errors.Integrity, errors.Blocked)
_CLASSES: Mapping[str, type[InfragateError]] = {kind.__name__: kind for kind in _ERRORS}


def instant(text: str) -> datetime:
    """A time in UTC; a time without a zone counts as UTC.

    Raises:
        ValueError, OverflowError: it is not a time.
    """
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def stack(document: Mapping[str, Any]) -> StackDrift:
    """The drift of a Stack.

    Raises:
        ValueError, OverflowError: one of its times is not a time.
    """
    applied_at = document["applied_at"]
    return StackDrift(
        environment=document["environment"],
        directory=document["dir"],
        status=document["status"],
        items=tuple(_item(entry) for entry in document["items"]),
        error=document["error"] and _error(document["error"]),
        reason=document["reason"] or "",
        commit=document["commit"],
        applied_commit=document["applied_commit"],
        applied_at=instant(applied_at) if applied_at else None,
        duration_seconds=float(document["duration_seconds"]),
    )


def _item(document: Mapping[str, Any]) -> DriftItem:
    return DriftItem(
        address=document["address"],
        type=document["type"],
        cause=document["class"],
        marks=frozenset(document["marks"]),
        severity=Severity[document["severity"].upper()],
        action=document["action"],
        fields=tuple(Field(**entry) for entry in document["fields"]),
        evidence=document["evidence"],
        reader=document["reader"],
        waived_by=document["waived_by"],
    )


def _error(document: Mapping[str, Any]) -> InfragateError:
    """An error of a class that is not known here counts as the worst kind: a bug."""
    kind = _CLASSES.get(document["class"], InfragateError)
    error = kind(document["message"], where=document["where"], fix=document["fix"])
    return error.listing(_finding(entry) for entry in document["findings"])


def _finding(document: Mapping[str, Any]) -> Finding:
    plain = ("id", "source", "address", "file", "line", "message", "link", "fix", "snippet")
    return Finding(
        **{name: document[name] for name in plain},
        severity=Severity[document["severity"].upper()],
        inputs=tuple(InputValue(**entry) for entry in document["inputs"]),
    )
