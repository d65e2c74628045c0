"""`atlantis-policy-check`: what the gate said in the plan step, told to Atlantis' own policy check.

It decides nothing: an approval in Atlantis clears its check alone, and `atlantis-apply` judges again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import clock
from infragate.domain import manifest as manifests
from infragate.domain.command import Command
from infragate.domain.errors import InfragateError, Integrity
from infragate.domain.front_doors.atlantis_step import AtlantisStep
from infragate.domain.gate.approvals import Approvals
from infragate.domain.gate.sealed_verdict import SealedVerdict
from infragate.usecases import plan_inputs
from infragate.usecases.atlantis import planned_file
from infragate.usecases.gate import door, gated_plan
from infragate.usecases.gate.door import DoorRequest
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCheckRequest:
    """Which plan to tell Atlantis about.

    Attributes:
        approvals: reads from GitHub who approves the commit of a checkout now.
    """

    step: AtlantisStep
    stack: Stack
    approvals: Callable[[Path], Approvals]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCheckResult:
    """What Atlantis is told.

    Attributes:
        environment: None if it is not known.
        verdict: of the plan step; None if it cannot be believed.
        refusal: why the check fails; None if it passes.
    """

    environment: str | None = None
    verdict: SealedVerdict | None = None
    refusal: InfragateError | None


def run(request: PolicyCheckRequest) -> PolicyCheckResult:
    """Compare the sealed Verdict with the present policy and approvals; no file of the pull request is judged.

    Raises:
        InfragateError: there is no Verdict over the plan that Atlantis has, or it cannot be judged. The check fails then, too.
    """
    step, stack = request.step, request.stack
    planned_file.check(step, stack)
    manifest = gated_plan.read_manifest(stack, plan_inputs.plan_files(stack))
    if manifests.expired(manifest, clock.now()):
        again = Command("plan", env=stack.environment.name)
        raise Integrity(
            f"the plan is too old: it was made at {manifest.created}", where=stack.environment.directory, fix=again
        )
    refusal = door.refusal(stack, manifest.verdict, DoorRequest(approvals=request.approvals))
    return PolicyCheckResult(environment=stack.environment.name, verdict=manifest.verdict, refusal=refusal)
