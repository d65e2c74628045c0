"""Prints Terraform's event stream as progress: operation, duration, count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infragate.report.printer import Printer

DOING = {"create": "creating", "update": "changing", "delete": "destroying", "read": "reading", "replace": "replacing"}
DID = {"create": "created", "update": "changed", "delete": "destroyed", "read": "read", "replace": "replaced"}
STILL_EVERY = 30


class ApplyProgress:
    """Called with every event; prints lines on stderr."""

    def __init__(self, printer: Printer, total: int) -> None:
        self.printer, self.total, self.finished = printer, total, 0

    def __call__(self, event: Mapping[str, Any]) -> None:
        """One event of `terraform apply -json` (Terraform's documentation, 'Machine-readable UI')."""
        hook = event.get("hook") or {}
        address = (hook.get("resource") or {}).get("addr", "")
        action, seconds = str(hook.get("action", "")), int(hook.get("elapsed_seconds") or 0)
        kind = event.get("type")
        if kind == "apply_start":
            self._say(f"{DOING.get(action, action)} {address}")
        elif kind == "apply_progress" and seconds and seconds % STILL_EVERY == 0:
            self._say(f"still {DOING.get(action, action)} {address} ({seconds} s)")
        elif kind == "apply_complete":
            self.finished += 1
            self._say(f"{DID.get(action, action)} {address} in {seconds} s")
        elif kind == "apply_errored":
            self._say(f"failed: {address} after {seconds} s")

    def _say(self, text: str) -> None:
        width = len(str(self.total))
        self.printer.progress(f"[{self.finished:>{width}}/{self.total}] {text}")
