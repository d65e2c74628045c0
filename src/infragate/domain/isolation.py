"""How programs that run foreign code are kept apart, and what that does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

IsolationMode = Literal["bwrap", "landlock", "none"]
# The Landlock version (ABI) since which something is held.
PORTS, SCOPES, UNIX_SOCKETS = 4, 6, 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """The wall in force in this run.

    Attributes:
        landlock: the version of Landlock in the kernel; 0 without it.
        bubblewrap: its version; "" if it is not used.
        filtered: system calls are filtered.
    """

    mode: IsolationMode
    landlock: int = 0
    bubblewrap: str = ""
    filtered: bool = False

    def __str__(self) -> str:
        """One line for people, such as "bubblewrap 0.8.0, Landlock ABI 7, system call filter"."""
        if self.mode == "none":
            return "none"
        parts = [
            self.bubblewrap and f"bubblewrap {self.bubblewrap}",
            self.landlock and f"Landlock ABI {self.landlock}",
            self.filtered and "system call filter",
        ]
        return ", ".join(part for part in parts if part)

    @property
    def not_held(self) -> tuple[str, ...]:
        """What a program behind the wall can still reach on this kernel."""
        if self.mode == "none":
            return ("files, processes, sockets and addresses that you can reach yourself",)
        missing = {
            "the machine's metadata address and all TCP ports": self.landlock < PORTS,
            "MPTCP and TCP Fast Open to any port": self.landlock >= PORTS and not self.filtered,
            "UDP in the sandbox": not self.filtered,
            "signals to your other processes; abstract unix sockets": self.landlock < SCOPES,
            "unix sockets of other services (Docker, ssh-agent)": self.mode == "landlock"
            and self.landlock < UNIX_SOCKETS,
            "names and sizes of files": self.mode == "landlock",
            "other hosts on an open port; UDP outside of the sandbox": True,
        }
        return tuple(name for name, lacks in missing.items() if lacks)

    def document(self) -> dict[str, object]:
        """For JSON."""
        return {"mode": self.mode, "in_force": str(self), "not_held": list(self.not_held)}
