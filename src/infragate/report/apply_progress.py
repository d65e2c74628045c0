"""Shows Terraform's event stream while it applies: lines for a log, a live region on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infragate.report.printer import Printer

DOING = {"create": "creating", "update": "changing", "delete": "destroying", "read": "reading", "replace": "replacing"}
DID = {"create": "created", "update": "changed", "delete": "destroyed", "read": "read", "replace": "replaced"}
STILL_EVERY = 30


class ApplyProgress:
    """Called with every event. A log gets a line for each start and end, a terminal a line for each end.

    On a terminal the running operations stand below these lines, each with its elapsed time, and a bar counts them.
    """

    def __init__(self, printer: Printer, total: int) -> None:
        self.printer, self.total, self.finished = printer, total, 0
        self.region = printer.live_region() if total else None
        self.running: dict[str, Any] = {}  # rich's number of the row of each address
        self.bar = self.region.add_task("applying", total=total) if self.region else None

    def __call__(self, event: Mapping[str, Any]) -> None:
        """One event of `terraform apply -json` (Terraform's documentation, 'Machine-readable UI')."""
        hook = event.get("hook") or {}
        address = (hook.get("resource") or {}).get("addr", "")
        action, seconds = str(hook.get("action", "")), int(hook.get("elapsed_seconds") or 0)
        kind = event.get("type")
        if kind == "apply_start":
            self._begin(address, f"{DOING.get(action, action)} {address}")
        elif kind == "apply_progress" and seconds and seconds % STILL_EVERY == 0 and not self.region:
            self._say(f"still {DOING.get(action, action)} {address} ({seconds} s)")
        elif kind == "apply_complete":
            self.finished += action != "read"  # what is read is no operation of the plan
            self._end(address)
            self._say(f"{DID.get(action, action)} {address} in {seconds} s")
        elif kind == "apply_errored":
            self._end(address)
            self._say(f"failed: {address} after {seconds} s")

    def _begin(self, address: str, text: str) -> None:
        if self.region:
            self.running[address] = self.region.add_task(self.printer.clean(text), total=None)
        else:
            self._say(text)

    def _end(self, address: str) -> None:
        if not self.region or self.bar is None:
            return
        if address in self.running:
            self.region.remove_task(self.running.pop(address))
        self.region.update(self.bar, completed=self.finished)
        if self.finished == self.total:
            self.printer.end_live_region()

    def _say(self, text: str) -> None:
        width = len(str(self.total))
        self.printer.progress(f"[{self.finished:>{width}}/{self.total}] {text}")
