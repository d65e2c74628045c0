"""What was told of drift, as `drift --tell` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.drift.telling import Told

_WORDS = {
    "off": "not set up",
    "silent": "nothing new",
    "elsewhere": "another run tells it",
    "failed": "failed, the next run tries again",
    "unsure": "unknown, see the warning",
    "unchanged": "up to date",
}


def document(told: Told) -> list[dict[str, Any]]:
    """The `told` of the JSON document."""
    return [
        {
            "environment": stack.environment,
            "slack": stack.slack,
            "issue": stack.issue,
            "issue_url": stack.issue_url,
            "reason": stack.reason,
            "history": [run.document() for run in stack.history],
        }
        for stack in told.stacks
    ]


def show(told: Told, printer: Printer) -> None:
    """A line for each Stack that somebody was told of, or was to be told of."""
    for stack in told.stacks:
        if (stack.slack, stack.issue) == ("silent", "silent"):
            continue
        issue = _WORDS.get(stack.issue, stack.issue)
        place = f" {stack.issue_url}" if stack.issue_url else ""
        why = f" ({stack.reason})" if stack.reason else ""
        printer.line(f"{stack.environment}: Slack {_WORDS.get(stack.slack, stack.slack)}; issue {issue}{why}{place}")
