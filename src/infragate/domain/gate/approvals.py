"""Who approved a commit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """Those who approved a commit, each once.

    Attributes:
        source: where the reviews are from.
        not_counted: whose review does not count, and why.
    """

    names: tuple[str, ...] = ()
    commit: str = ""
    source: str = ""
    not_counted: tuple[tuple[str, str], ...] = ()


NONE = Approvals()
