"""How a program ended, in words."""

from __future__ import annotations

import signal


def ending(returncode: int) -> str:
    """How a program ended that should have ended otherwise: its exit code, or the signal that killed it."""
    if returncode >= 0:
        return f"ended with exit code {returncode}"
    number = -returncode
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    return f"was killed by {name}" + (" (the kernel's way when memory is short)" if number == signal.SIGKILL else "")
