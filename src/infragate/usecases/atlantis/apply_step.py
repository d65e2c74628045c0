"""`atlantis-apply`: approvals, the judged plan, the service's health.

Atlantis itself takes any review that ever approved, the author's own and one of an old commit among them. So people are
counted here, at the moment of the apply.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infragate.domain.errors import InfragateError
from infragate.domain.front_doors.atlantis_step import AtlantisStep
from infragate.domain.gate.approvals import Approvals
from infragate.usecases import apply, smoke
from infragate.usecases.apply import ApplyRequest, ApplyResult
from infragate.usecases.atlantis import planned_file, unsaved_state
from infragate.usecases.gate.door import DoorRequest
from infragate.usecases.smoke import SmokeRequest, SmokeResult
from infragate.usecases.stack import Stack

HEALTHY_WITHIN = 600.0  # seconds after an apply


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyStepRequest:
    """What to apply.

    Attributes:
        approvals: reads from GitHub who approves the commit of a checkout now.
        apply, smoke: run those verbs.
    """

    step: AtlantisStep
    stack: Stack
    approvals: Callable[[Path], Approvals]
    apply: Callable[[ApplyRequest], ApplyResult] = apply.run
    smoke: Callable[[SmokeRequest], SmokeResult] = smoke.run


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyStepResult:
    """What was applied, and how the service is.

    Attributes:
        smoke: None if the Stack has no resources, or health could not be asked for.
        unknown: why it could not.
    """

    apply: ApplyResult
    smoke: SmokeResult | None
    unknown: InfragateError | None

    @property
    def error(self) -> InfragateError | None:
        """Why the run is no success although everything is applied."""
        return self.apply.error or self.unknown


def run(request: ApplyStepRequest) -> ApplyStepResult:
    """Apply the plan that Atlantis has, once.

    Raises:
        BadInput, Integrity: there is no such plan, or it is not the one that was judged. Blocked: approvals are missing.
        RemoteFailed: GitHub cannot be asked for them. InfragateError: as `apply.run`.
    """
    planned_file.check(request.step, request.stack)
    try:
        applied = _applied(request)
    except InfragateError as failed:
        raise unsaved_state.kept(request.stack, failed) from failed
    try:
        return ApplyStepResult(apply=applied, smoke=_health(request), unknown=None)
    except InfragateError as failed:
        told = failed.amended(message=f"applied, but the service's health is unknown: {failed.message}")
        return ApplyStepResult(apply=applied, smoke=None, unknown=told)


def _applied(request: ApplyStepRequest) -> ApplyResult:
    plan_file = request.step.plan_file
    return request.apply(
        ApplyRequest(
            stack=request.stack,
            plan=None,
            door=DoorRequest(least=1, approvals=request.approvals),
            beside=(plan_file,),
            before_start=lambda: plan_file.unlink(missing_ok=True),
        )
    )


def _health(request: ApplyStepRequest) -> SmokeResult | None:
    session = request.stack.session.under("plan")
    if not session.store().resources():
        return None
    return request.smoke(SmokeRequest(session=session, wait_seconds=HEALTHY_WITHIN))
