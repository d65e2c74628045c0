"""Reads the file of `--approvals`: reviews from another forge than GitHub, JSON or YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from infragate.adapters.local import schemas, strict_yaml
from infragate.domain.errors import BadInput
from infragate.domain.gate.approvals import Review, ReviewedChange


@dataclass(frozen=True, slots=True)
class WrittenPeople:
    """Approvals.People, as the file says: what the last review of each user has."""

    entries: Mapping[str, Mapping[str, Any]]

    def permission(self, user: str) -> str:
        return str(self.entries[user.casefold()]["permission"])

    def is_member(self, user: str, team: str) -> bool:
        return team.casefold() in map(str.casefold, self.entries[user.casefold()].get("teams", ()))


def load(path: Path) -> tuple[ReviewedChange, WrittenPeople, bool]:
    """The change and its reviews, its people, and whether the file lists the changed files.

    Raises:
        BadInput: the file cannot be read or does not fit its schema; with file and line.
    """
    document, line_of = strict_yaml.read(path, str(path))
    _times_as_text(document)
    schemas.check(document, "approvals", lambda keys: f"{path}:{line_of(keys)}")
    try:
        rows = [(datetime.fromisoformat(entry["submitted_at"]), entry) for entry in document["reviews"]]
    except ValueError as error:
        where, fix = f"{path}:{line_of(('reviews',))}", "write times such as 2026-11-26T09:30:00Z"
        raise BadInput(f"submitted_at: {error}", where=where, fix=fix) from error
    rows.sort(key=lambda row: row[0])
    change = ReviewedChange(
        commit=document["commit"],
        author=document["author"],
        reviews=tuple(_review(entry, at) for at, entry in rows),
        files=tuple(document.get("files", ())),
        source=str(path),
    )
    return change, WrittenPeople({entry["user"].casefold(): entry for _, entry in rows}), "files" in document


def _review(entry: Mapping[str, Any], at: datetime) -> Review:
    user = entry["user"]
    return Review(
        user=user, state=entry["state"], commit=entry["commit"], submitted_at=at, is_bot=user.endswith("[bot]")
    )


def _times_as_text(document: Any) -> None:
    """YAML reads a time without quotes as one."""
    reviews = document.get("reviews") if isinstance(document, dict) else None
    for entry in reviews if isinstance(reviews, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("submitted_at"), datetime):
            entry["submitted_at"] = entry["submitted_at"].isoformat()
