"""Text as a step of Atlantis may print it: Atlantis reads some of it, and puts all of it into a block of a comment.

It takes counts and "no changes" from wherever in the output they are, and a run of backticks ends its block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from infragate.domain import neutral

LIMIT = 60_000  # bytes; a comment of GitHub holds 65,536, with what Atlantis writes around it
NO_CHANGES = "No changes. Your infrastructure matches the configuration."
# What Atlantis looks for, in any place of the output (server/events/models/models.go of 0.47.1).
READ_BY_ATLANTIS = re.compile(
    r"Plan: (?:\d+ to import, )?\d+ to add, \d+ to change, \d+ to destroy(?:, \d+ to forget)?\."
    r"|No changes. (?:Infrastructure is up-to-date|Your infrastructure matches the configuration)."
)
_BEGINS = re.compile(r"Plan(?=: \d)|No changes(?=. (?:Infrastructure|Your infrastructure))|Note(?=: Objects)")
_BLOCK = re.compile(r"^```(?:diff)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"`{3,}|~{3,}")


def headline(*, add: int, change: int, destroy: int, imported: int, forget: int) -> str:
    """Terraform's own line for a plan that changes something."""
    first, last = f"{imported} to import, " if imported else "", f", {forget} to forget" if forget else ""
    return f"Plan: {first}{add} to add, {change} to change, {destroy} to destroy{last}."


def harmless(text: str) -> str:
    """The text without what Atlantis reads, and without what ends its block."""
    quiet = _FENCE.sub(lambda fence: "'" * len(fence.group()), neutral.plain(text))
    return _BEGINS.sub(lambda word: f"{word.group()} ", quiet)


def comment(first: str, lines: Iterable[str], *, last: str, limit: int = LIMIT) -> str:
    """The output of a step: never empty, of no more than `limit` bytes.

    Args:
        first: a line that may be one that Atlantis reads; "" for none.
        lines: the rest, which may not; whole lines are left out at the end where there is no room, and counted.
        last: says where the rest is.
    """
    body = [line for text in lines for line in harmless(text).split("\n")]
    tail = harmless(last)
    room = limit - len(f"{first}\n{tail}\n".encode()) - 100
    taken = _fitting(body, room)
    if left := len(body) - len(taken):
        taken.append(f"... {left} more lines")
    return "\n".join(part for part in (first, *taken, tail) if part) + "\n"


def _fitting(lines: list[str], room: int) -> list[str]:
    taken = []
    for line in lines:
        room -= len(line.encode("utf-8", "replace")) + 1
        if room < 0:
            break
        taken.append(line)
    return taken


def block(comment: str) -> str:
    """What a step printed, out of the comment that Atlantis wrote around it; "" if there is none."""
    printed = _BLOCK.search(comment)
    return printed[1] if printed else ""
