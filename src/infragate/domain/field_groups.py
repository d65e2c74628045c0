"""Which differences of a change are noise that a summary counts instead of showing."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from infragate.domain.plan_fields import UNKNOWN, Field, Noise

_FIRST_STEP = re.compile(r"[^.\[]+")


def grouped(
    fields: Sequence[Field], *, replacing: bool, forcing: Collection[str], configured: frozenset[str] | None
) -> tuple[Field, ...]:
    """The fields with their group, and with a mark where they force a replacement.

    Args:
        forcing: the paths of Terraform's `replace_paths`.
        configured: the attributes that the code sets; None if unknown.
    """
    marked = []
    for field in fields:
        if forcing and any(_is_at(field.path, path) for path in forcing):
            marked.append(replace(field, forces=True))
        elif (group := _group(field, replacing=replacing, configured=configured)) is not None:
            marked.append(
                Field(path=field.path, before=field.before, after=field.after, group=group, reordered=field.reordered)
            )
        else:
            marked.append(field)
    return tuple(marked)


def _is_at(path: str, forcing: str) -> bool:
    """True if a forcing path leads to this field. Inside lists only the attribute counts: elements have names here."""
    if "[" in forcing:
        return _first_step(path) == _first_step(forcing)
    return path == forcing or path.startswith((f"{forcing}.", f"{forcing}[")) or forcing.startswith(f"{path}.")


def _first_step(path: str) -> str:
    step = _FIRST_STEP.match(path)
    return step.group() if step else path


def _group(field: Field, *, replacing: bool, configured: frozenset[str] | None) -> Noise | None:
    if field.after == UNKNOWN:
        if configured is None:
            return "computed" if replacing or field.before is None else None
        return None if _first_step(field.path) in configured else "computed"
    if _is_empty(field.before) and _is_empty(field.after):
        return "empty"
    dropped = replacing and field.after is None and (field.before is False or field.before == 0)
    return "empty" if dropped else None


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []
