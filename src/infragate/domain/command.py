"""Commands as values: what `fix` and `next` tell the user to run.

They become text only when they are printed, as the user called us: `./inv plan --env dev --sandbox`.
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
        flags: the arguments after the verb, not quoted, without `--env`.
        env: the Environment; None to omit `--env`.
        sandbox: always add `--sandbox`, even if this run is not in the sandbox.
    """

    verb: str
    flags: tuple[str, ...] = ()
    env: str | None = None
    sandbox: bool = False

    def __str__(self) -> str:
        return DEFAULT_CALLER.spell(self)


# A text, a command, or a sentence with commands in it.
Advice = str | Command | tuple[str | Command, ...]
# Prints a progress message.
Say = Callable[[Advice], None]


def advice(*parts: Advice | None) -> Advice:
    """Join pieces of advice; None adds nothing."""
    flat: list[str | Command] = []
    for part in parts:
        flat += part if isinstance(part, tuple) else [] if part is None else [part]
    return flat[0] if len(flat) == 1 else tuple(flat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """How the user called us; a command is spelled so that it works in the same place and under the same role.

    Attributes:
        program: `./inv`, `inv` or `infragate`.
        sandbox: this run uses the sandbox, so the next command must too.
        mfa_serial: the MFA device of a break-glass run, "" if unknown; None for any other run.
        takes: the shared flags (`--sandbox`, `--break-glass`) that each verb accepts.
    """

    program: str = "infragate"
    sandbox: bool = False
    mfa_serial: str | None = None
    takes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def spell(self, text: Advice) -> str:
        """The text, with every command as this caller must type it."""
        parts = text if isinstance(text, tuple) else (text,)
        return "".join(part if isinstance(part, str) else self._spell(part) for part in parts)

    def _spell(self, command: Command) -> str:
        takes = self.takes.get(command.verb, frozenset())
        words = [command.verb, *(("--env", command.env) if command.env else ()), *command.flags]
        if command.sandbox or (self.sandbox and SANDBOX in takes):
            words.append(SANDBOX)
        # Only a command on an Environment needs its break-glass role. A code works once, so CODE is a placeholder.
        if self.mfa_serial is not None and BREAK_GLASS in takes and command.env:
            words += [BREAK_GLASS, "--mfa-serial", self.mfa_serial or "ARN", "--mfa-code", "CODE"]
        return " ".join([self.program, *(shlex.quote(word) for word in words)])


DEFAULT_CALLER = Caller()
