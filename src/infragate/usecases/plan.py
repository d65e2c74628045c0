"""`plan`: init, module lock, plan, show; writes the plan file, its JSON, and a Manifest that binds it to its inputs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from infragate.adapters.aws.state_store import StateVersion
from infragate.adapters.local import clock, files, seal
from infragate.adapters.terraform.cli import Planned
from infragate.domain import manifest as manifests
from infragate.domain.errors import BadInput, InfragateError, Integrity
from infragate.domain.isolation import Isolation
from infragate.domain.manifest import Manifest
from infragate.domain.plan import Plan
from infragate.domain.terraform.state_lock import LockHolder
from infragate.usecases import plan_inputs, terraform_plan, turn
from infragate.usecases.gate import door
from infragate.usecases.plan_inputs import PlanFiles
from infragate.usecases.stack import Initialised, Stack, refuse_errored_state, refused_warnings

PlanMode = Literal["normal", "refresh-only", "destroy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What to plan.

    Attributes:
        out: path of the plan file, with JSON and Manifest beside it; None for the checkout's state folder.
        show: path of a second copy of the JSON.
        expect_commit: the commit id (7 to 40 hex digits) that must be checked out.
        full: for the report: show every attribute.
        strict: warnings fail the run, as in an Environment with `strict: true`.
    """

    stack: Stack
    mode: PlanMode = "normal"
    targets: tuple[str, ...] = ()
    out: Path | None = None
    show: Path | None = None
    expect_commit: str | None = None
    full: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult:
    """The plan and its files.

    Attributes:
        lock: the present holder of the state lock, who would make an apply fail.
        needs_verdict: the gate must judge it before an apply.
    """

    request: PlanRequest
    plan: Plan
    planned: Planned
    manifest: Manifest
    files: PlanFiles
    lock: LockHolder | None
    isolation: Isolation
    needs_verdict: bool = False


def run(request: PlanRequest) -> PlanResult:
    """Plan one Stack. An older plan at the same path is removed first, so a failure leaves no plan to apply.

    Raises:
        InfragateError: the class depends on the cause; see docs/exit-codes.md.
    """
    stack = request.stack
    outputs = plan_inputs.plan_files(stack, request.out)
    written = _written(request, outputs)
    _refuse_places(written)
    refuse_errored_state(stack)
    before = plan_inputs.static(stack, stack.session.purpose)
    _expect_commit(before["commit"], request.expect_commit)
    stack.prepare()
    with turn.hold(stack, "plan", patience=turn.PATIENCE):
        _remove(written)
        try:
            return _plan(request, outputs, before)
        except BaseException:
            _remove(written)
            raise


def _refuse_places(paths: Sequence[Path]) -> None:
    for path in paths:
        if path.exists() and not path.is_file():
            raise BadInput("cannot write the plan: not a regular file", where=str(path), fix="name another file")
    if len({path.absolute() for path in paths}) < len(paths):
        raise BadInput("--show names a file of the plan itself", where=str(paths[-1]), fix="name another file")


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _plan(request: PlanRequest, outputs: PlanFiles, before: dict[str, Any]) -> PlanResult:
    stack, store = request.stack, request.stack.session.store()
    with ThreadPoolExecutor(max_workers=2) as beside:
        state = beside.submit(store.state)
        lock = beside.submit(store.lock)
        needs_verdict = beside.submit(_needs_verdict, stack)
        planned, inputs = _planned(request, outputs, state, beside)
        if refusal := refused_warnings(stack, planned.warnings, strict=request.strict):
            stack.forget_init()  # a warning of init may be about what is not in the code, and gone by the next run
            raise refusal
        plan = terraform_plan.shown(stack, outputs, request.show)[0]
        actor = stack.session.actor
        manifest = Manifest(
            **before,
            **inputs.result(),
            **plan_inputs.of_state(state.result()),
            **plan_inputs.of_files(outputs),
            mode=request.mode,
            targets=request.targets,
            actor=actor.name,
            pull_request=actor.pull_request,
            created=clock.now().isoformat(timespec="seconds"),
        )
        sealed = manifests.sealed(manifest.document(), partial(seal.mac, cloud=stack.session.cloud))
        files.write(outputs.manifest, json.dumps(sealed, indent=2) + "\n", mode=0o600)
        return PlanResult(
            request=request,
            plan=plan,
            planned=planned,
            manifest=manifest,
            files=outputs,
            lock=lock.result(),
            isolation=stack.isolation,
            needs_verdict=needs_verdict.result(),
        )


def _needs_verdict(stack: Stack) -> bool:
    """True if an apply needs the gate, or if the policy cannot be read: gate and apply refuse that."""
    with suppress(InfragateError):
        return door.is_required(stack)
    return True


def _planned(
    request: PlanRequest, outputs: PlanFiles, state: Future[StateVersion | None], beside: ThreadPoolExecutor
) -> tuple[Planned, Future[dict[str, Any]]]:
    """Plan; return also the plan's inputs."""
    stack, written = request.stack, _written(request, outputs)

    def inputs(initialised: Initialised) -> Future[dict[str, Any]]:
        reading = beside.submit(plan_inputs.resolved, stack, written, initialised.judged.outside)
        state.result()  # read before Terraform reads it: after an apply in between, applying this plan is refused
        return reading

    title = f"terraform plan ({request.mode})" if request.mode != "normal" else "terraform plan"
    return terraform_plan.run(stack, outputs, _options(request), title=title, initialised=inputs)


def _written(request: PlanRequest, outputs: PlanFiles) -> list[Path]:
    return [*outputs.all, *([request.show] if request.show else [])]


def _options(request: PlanRequest) -> list[str]:
    mode = [f"-{request.mode}"] if request.mode != "normal" else []
    return [*mode, *(f"-target={target}" for target in request.targets)]


def _expect_commit(commit: str | None, expected: str | None) -> None:
    if expected is None:
        return
    prefix = expected.strip().lower()
    if not re.fullmatch(r"[0-9a-f]{7,40}", prefix):
        raise BadInput(f"{expected!r} is not a commit id", where="--expect-commit", fix="give 7 to 40 hex digits")
    if commit is None or not commit.startswith(prefix):
        raise Integrity(
            f"the checkout is at {commit or 'no commit'}, expected {prefix}",
            where="--expect-commit",
            fix=f"git checkout {prefix}",
        )
