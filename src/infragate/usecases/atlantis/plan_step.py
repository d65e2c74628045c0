"""`atlantis-plan`: plan and gate in one run. Only what the gate does not block can be applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infragate.domain.front_doors.atlantis_step import AtlantisStep
from infragate.domain.gate.approvals import Approvals
from infragate.usecases import plan
from infragate.usecases.atlantis import planned_file
from infragate.usecases.gate import gate
from infragate.usecases.gate.gate import GateRequest
from infragate.usecases.gate.gate_result import GateResult
from infragate.usecases.gate.gate_start import GateStart
from infragate.usecases.plan import PlanRequest, PlanResult
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStepRequest:
    """What to plan.

    Attributes:
        stack: of the step's Environment.
        approvals: reads from GitHub who approves the commit of a checkout now, for the Verdict that is shown.
        start: gives what `gate_start.early` began.
        plan, gate: run those verbs.
    """

    step: AtlantisStep
    stack: Stack
    approvals: Callable[[Path], Approvals]
    start: Callable[[], GateStart]
    plan: Callable[[PlanRequest], PlanResult] = plan.run
    gate: Callable[[GateRequest], GateResult] = gate.run


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStepResult:
    """The plan and its Verdict.

    Attributes:
        can_apply: Atlantis has the plan. The approvals that it may need are counted again by the apply.
    """

    plan: PlanResult
    gate: GateResult
    can_apply: bool


def run(request: PlanStepRequest) -> PlanStepResult:
    """Plan, judge, and leave the plan to Atlantis if it is not blocked.

    Raises:
        InfragateError: as `plan.run` and `gate.run`; then there is nothing to apply.
    """
    step, stack = request.step, request.stack
    step.plan_file.unlink(missing_ok=True)
    planned: list[PlanResult] = []
    judged = request.gate(
        GateRequest(
            root=stack.root,
            say=stack.say,
            stack=stack,
            pull_request=step.pull_request,
            approvals=request.approvals,
            start=request.start,
            new_plan=lambda: planned.append(request.plan(PlanRequest(stack=stack))),
        )
    )
    can_apply = judged.verdict.decision != "block"
    if can_apply:
        planned_file.write(step, stack)
    return PlanStepResult(plan=planned[-1], gate=judged, can_apply=can_apply)
