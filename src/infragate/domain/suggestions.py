"""What is suggested after an error: the nearest known name, the command as it must be typed here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

# A command inside a sentence, up to where its flags end.
_COMMAND = re.compile(r"\binv (?:doctor|bootstrap-backend|assume|plan|apply|smoke)\b(?: --env [\w-]+| --[a-z-]+)*")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None."""
    found = difflib.get_close_matches(word[:80], list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def in_sandbox(text: str) -> str:
    """The text with `--sandbox` on every command that takes it: who works there must stay there."""
    return _COMMAND.sub(lambda found: found.group(0).replace(" --sandbox", "") + " --sandbox", text)
