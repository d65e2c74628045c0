"""What is suggested after an error: the nearest known name, the command as it must be typed here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

# A command inside a sentence, up to where its flags end.
_VERBS = (
    "doctor|bootstrap-backend|assume|plan|apply|smoke|modules-lock|modules-verify|"
    "module-upgrade|module-downgrade|rollback|config-rollback"
)
# A value as shlex.quote writes it; a comma or semicolon that ends it belongs to the sentence.
_VALUE = r"""(?:'[^']*'|"[^"]*"|[^\s'",;]|[,;](?=\S))+"""
_COMMAND = re.compile(rf"\binv (?:{_VERBS})\b(?![-])(?: --(?:env|to|module|reason) {_VALUE}| --[a-z-]+)*")

_UNDER_BREAK_GLASS = tuple(
    f"inv {verb}" for verb in "doctor plan apply smoke rollback config-rollback module-upgrade module-downgrade".split()
)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None."""
    found = difflib.get_close_matches(word[:80], list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def in_sandbox(text: str) -> str:
    """The text with `--sandbox` on every command that takes it: who works there must stay there."""
    return _COMMAND.sub(lambda found: found.group(0).replace(" --sandbox", "") + " --sandbox", text)


def under_break_glass(text: str, serial: str) -> str:
    """The text with the break-glass flags on every command that asks an Environment: plan and apply trust no person.

    Args:
        serial: ARN of the MFA device; its code cannot be used twice, so CODE stands for the next one.
    """
    flags = f" --break-glass --mfa-serial {serial or 'ARN'} --mfa-code CODE"

    def added(found: re.Match[str]) -> str:
        command = found.group(0)
        takes_it = command.startswith(_UNDER_BREAK_GLASS) and " --env " in command
        return command + flags if takes_it and "--break-glass" not in command else command

    return _COMMAND.sub(added, text)
