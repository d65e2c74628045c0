"""Commands as values: what `fix` and `next` tell the user to type.

They are written out only where they are shown, as the user called us: `./inv plan --env dev --sandbox`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SANDBOX, BREAK_GLASS = "--sandbox", "--break-glass"


@dataclass(frozen=True, slots=True)
class Command:
    """One call of a verb.

    Attributes:
        flags: the words behind the verb, not quoted; `--env` is given apart.
        env: the Environment, or None for a verb that is called without one.
        sandbox: the command is for the sandbox, wherever this run works.
    """

    verb: str
    flags: tuple[str, ...] = ()
    env: str | None = None
    sandbox: bool = False

    def __str__(self) -> str:
        return DEFAULT_CALLER.spell(self)


# A sentence with commands in it, or a single command, or only words.
Advice = str | Command | tuple[str | Command, ...]
# Tells the user something.
Say = Callable[[Advice], None]


def advice(*parts: Advice | None) -> Advice:
    """Several pieces of advice as one; None adds nothing."""
    flat: list[str | Command] = []
    for part in parts:
        flat += part if isinstance(part, tuple) else [] if part is None else [part]
    return flat[0] if len(flat) == 1 else tuple(flat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """How the user called us; a command is written so that it does the same thing when typed.

    Attributes:
        program: the word that starts a command: `./inv`, `inv` or `infragate`.
        sandbox: the run works in the sandbox: the next command must too.
        mfa_serial: the MFA device of a run under break-glass, "" when it is not known; None for an ordinary run.
        takes: the shared flags (`--sandbox`, `--break-glass`) of each verb that has any.
    """

    program: str = "infragate"
    sandbox: bool = False
    mfa_serial: str | None = None
    takes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def spell(self, text: Advice) -> str:
        """The text with every command as it must be typed here."""
        parts = text if isinstance(text, tuple) else (text,)
        return "".join(part if isinstance(part, str) else self._spell(part) for part in parts)

    def _spell(self, command: Command) -> str:
        takes = self.takes.get(command.verb, frozenset())
        words = [command.verb, *(("--env", command.env) if command.env else ()), *command.flags]
        if command.sandbox or (self.sandbox and SANDBOX in takes):
            words.append(SANDBOX)
        # Only what asks an Environment needs its break-glass role. A code works once: CODE stands for the next one.
        if self.mfa_serial is not None and BREAK_GLASS in takes and command.env:
            words += [BREAK_GLASS, "--mfa-serial", self.mfa_serial or "ARN", "--mfa-code", "CODE"]
        return " ".join([self.program, *(shlex.quote(word) for word in words)])


DEFAULT_CALLER = Caller()


def spell(text: Advice | None) -> str | None:
    """The text for a reader of whom nothing is known: records and logs. None stays None."""
    return None if text is None else DEFAULT_CALLER.spell(text)
