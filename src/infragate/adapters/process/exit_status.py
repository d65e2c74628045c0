"""How a program ended, in words."""

from __future__ import annotations

import signal


def ending(returncode: int) -> str:
    """The exit code of a failed program, or the signal that killed it."""
    if returncode >= 0:
        return f"ended with exit code {returncode}"
    number = -returncode
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    return f"was killed by {name}" + (" (the kernel does so when memory is short)" if number == signal.SIGKILL else "")
