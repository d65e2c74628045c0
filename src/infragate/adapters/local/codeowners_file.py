"""Reads CODEOWNERS: whose approval a changed file needs. The last pattern that matches a file decides."""

from __future__ import annotations

import re
from collections.abc import Callable

from codeowners import CodeOwners

from infragate.domain.errors import BadInput

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")  # GitHub takes the first
_COMMENT = re.compile(r"(?:^|\s)#.*", re.MULTILINE)


def owners_of(read: Callable[[str], str | None]) -> Callable[[str], tuple[str, ...]] | None:
    """The owners of a file (`@user`, `@org/team`, an e-mail address), by its name; None without a CODEOWNERS.

    Args:
        read: the text of a trusted file; None if it does not exist.

    Raises:
        BadInput: a pattern cannot be read.
    """
    place, text = next(((place, text) for place in PLACES if (text := read(place)) is not None), ("", None))
    if text is None:
        return None
    try:
        rules = CodeOwners(_COMMENT.sub("", text))
    except ValueError as error:  # also re.error
        raise BadInput(f"cannot read a pattern: {error}", where=place, fix="correct that line") from error
    return lambda file: tuple(owner for _kind, owner in rules.of(file))
