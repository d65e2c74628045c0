"""Reads `policy/waivers.yaml` below a trusted folder, and checks it against its JSON Schema."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

from infragate.adapters.local import files, schemas, strict_yaml
from infragate.domain.errors import BadInput
from infragate.domain.gate import waivers
from infragate.domain.gate.waivers import FILE, PAGE, Register


def load(trusted: Path, *, shown_from: Path) -> Register:
    """The register of exceptions; an empty one without the file.

    Args:
        trusted: the folder with `policy/`. shown_from: the checkout; the file of another folder is named in full.

    Raises:
        BadInput: the file cannot be read, is not YAML or does not fit its schema; with file and line.
    """
    path = trusted / FILE
    name = FILE if trusted == shown_from else str(path)
    if not os.path.lexists(path):
        return Register(file=name)
    document, line_of = strict_yaml.read(files.unlinked(trusted, FILE), name)
    entries = _entries(document)
    schemas.check(document, "waivers", lambda keys: f"{name}:{line_of(keys)}")
    lines = [line_of(("waivers", str(index))) for index in range(len(entries))]
    for entry, line in zip(entries, lines, strict=True):
        _refuse_unknown_day(entry["expires"], f"{name}:{line}")
    return waivers.register(document, file=name, lines=lines)


def _entries(document: Any) -> list[Any]:
    """The entries, with their ends as text: YAML reads a day without quotes as a date."""
    entries = document.get("waivers") if isinstance(document, dict) else None
    listed = entries if isinstance(entries, list) else []
    for entry in listed:
        if isinstance(entry, dict) and type(entry.get("expires")) is date:
            entry["expires"] = entry["expires"].isoformat()
    return listed


def _refuse_unknown_day(text: str, where: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"expires: there is no day {text}", where=where, fix=f"correct that value ({PAGE})") from error
