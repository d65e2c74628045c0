"""Reads the output of one Terraform command."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infragate.adapters.local import masking
from infragate.adapters.process.outcome import Completed
from infragate.domain import sensitive_values
from infragate.domain.redaction import SENSITIVE
from infragate.domain.terraform import diagnostic as diagnostics
from infragate.domain.terraform.diagnostic import Diagnostic

Event = Mapping[str, Any]
EventSink = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """Drop an event."""


class OutputReader:
    """Reads Terraform's JSON lines; other lines (of a plugin) are ignored."""

    def __init__(self, on_event: EventSink) -> None:
        self.on_event: EventSink | None = on_event
        self.events: list[Event] = []
        self.diagnostics: list[Diagnostic] = []

    def __call__(self, line: str) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return
        if not isinstance(event, dict):
            return
        self.events.append(event)
        if event.get("type") == "outputs":
            masking.learn(*sensitive_values.of_outputs(event.get("outputs")))
        if (entry := diagnostics.diagnostic(event)) is not None:
            self.diagnostics.append(entry)
        if self.on_event is not None:
            try:
                self.on_event(event)
            except Exception:  # a failed progress display must not stop the reading
                self.on_event = None

    @property
    def headline(self) -> str:
        """The last summary line, or ""."""
        summaries = (event for event in reversed(self.events) if event.get("type") == "change_summary")
        return str(next(summaries, {}).get("@message", ""))

    @property
    def has_applied(self) -> bool:
        """True if an apply came to its end."""
        return any(
            event.get("type") == "change_summary"
            and (event.get("changes") or {}).get("operation") in ("apply", "destroy")
            for event in self.events
        )

    def said(self, done: Completed) -> Sequence[Diagnostic]:
        """All errors and warnings; from the text output if there is no error in JSON."""
        if diagnostics.errors(self.diagnostics):
            return self.diagnostics
        return [*self.diagnostics, *(diagnostics.from_text(done.stderr) or diagnostics.from_text(done.stdout))]

    @property
    def outputs(self) -> dict[str, Any]:
        """The values of the last `outputs` event; sensitive ones are hidden."""
        events = [event.get("outputs") for event in self.events if event.get("type") == "outputs"]
        outputs = events[-1] if events and isinstance(events[-1], dict) else {}
        return {
            name: SENSITIVE if output.get("sensitive") is not False else output.get("value")
            for name, output in outputs.items()
            if isinstance(output, dict) and "action" not in output
        }

    def addresses(self, kind: str) -> tuple[str, ...]:
        return tuple(
            str(((event.get("hook") or {}).get("resource") or {}).get("addr", ""))
            for event in self.events
            if event.get("type") == kind
        )
