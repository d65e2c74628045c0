"""`policy/tools/<tool>/requirements.lock`: Python packages in one version each, with the sha256 of their files.

A pull request can edit it as it can edit tools.lock, so it may hold pins only: no index, address, path or option.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from packaging.markers import InvalidMarker, Marker

from infragate.domain.errors import BadInput

_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9][A-Za-z0-9.+!]*)(?:\s*;\s*([^\\]+?))?")
_DIGEST = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def packages(text: str, *, place: Callable[[int], str]) -> dict[str, str]:
    """The pinned version of each package; of one that is pinned by Python version, the last.

    Args:
        place: file and line, by line number.

    Raises:
        BadInput: a line is not a pin with at least one digest.
    """
    found: dict[str, str] = {}
    for number, requirement in _requirements(text):
        pin, *digests = re.split(r"\s+(?=--hash=)", requirement)
        match = _PIN.fullmatch(pin.strip())
        if match is None or not digests or not all(map(_DIGEST.fullmatch, digests)) or not _is_marker(match[3]):
            raise BadInput(
                "not `name==version` followed by `--hash=sha256:...`",
                where=place(number),
                fix="make the file again with the command in its first lines",
            )
        found[match[1].lower()] = match[2]
    return found


def _requirements(text: str) -> list[tuple[int, str]]:
    """Each requirement with its first line; lines that end in a backslash go on in the next."""
    requirements: list[tuple[int, str]] = []
    begun: tuple[int, str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.strip()
        if begun is None and (not words or words.startswith("#")):
            continue
        first, before = begun or (number, "")
        begun = (first, f"{before} {words.removesuffix(chr(92)).rstrip()}".strip())
        if not words.endswith("\\"):
            requirements.append(begun)
            begun = None
    return [*requirements, begun] if begun else requirements


def _is_marker(text: str | None) -> bool:
    try:
        return text is None or bool(Marker(text))
    except InvalidMarker:
        return False
