"""The steps of a rehearsal: each is timed, and after one that failed none is run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from infragate.adapters.local import clock
from infragate.domain.command import Say
from infragate.domain.errors import InfragateError

StepStatus = Literal["ok", "fail", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The result of one step; `detail` is its evidence, or why it failed."""

    name: str
    status: StepStatus
    duration_seconds: float
    detail: str


def run(acts: Iterable[tuple[str, Callable[[], str]]], say: Say) -> tuple[tuple[Step, ...], InfragateError | None]:
    """Run the acts in order, each of which returns its evidence; and why they ended early, if they did."""
    steps: list[Step] = []
    error: InfragateError | None = None
    for name, act in acts:
        step, error = _run_step(name, act, error, say)
        steps.append(step)
    return tuple(steps), error


def _run_step(
    name: str, act: Callable[[], str], error: InfragateError | None, say: Say
) -> tuple[Step, InfragateError | None]:
    if error is not None:
        return Step(name=name, status="skipped", duration_seconds=0.0, detail="an earlier step failed"), error
    say(f"== {name}")
    began = clock.monotonic()
    try:
        detail = act()
    except InfragateError as failed:
        took = clock.monotonic() - began
        return Step(name=name, status="fail", duration_seconds=took, detail=failed.message), failed
    return Step(name=name, status="ok", duration_seconds=clock.monotonic() - began, detail=detail), None
