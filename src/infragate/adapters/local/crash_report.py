"""The file with the traceback of an unexpected error."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Callable

from infragate import __version__
from infragate.adapters.local import clock, files, settings
from infragate.domain.errors import InfragateError


def write(caught: BaseException, *, verb: str, clean: Callable[[str], str]) -> InfragateError:
    """Write the traceback, and return the error for the user.

    Args:
        clean: hides secrets in a text.
    """
    text = "".join(traceback.format_exception(caught))
    head = f"infragate {__version__}, Python {platform.python_version()}, {platform.platform()}, verb {verb}\n\n"
    path = settings.state_folder() / "crashes" / f"{clock.now():%Y%m%dT%H%M%S%fZ}.txt"
    try:
        files.write(path, clean(head + text).encode("utf-8", "backslashreplace"), mode=0o600)
        where = str(path)
    except InfragateError:
        where = f"{type(caught).__name__} (the report could not be written)"
    summary = str(caught).splitlines()[0][:200] if str(caught) else ""
    return InfragateError(
        f"unexpected {type(caught).__name__}: {summary}",
        where=where,
        fix="this is a bug: please report it with that file",
    )
