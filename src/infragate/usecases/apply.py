"""`apply`: apply exactly the planned file. `check` compares it with its Manifest once more, `execute` runs Terraform."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from infragate.adapters.aws.state_store import StateVersion
from infragate.adapters.local import clock, files, seal
from infragate.adapters.process import signals
from infragate.adapters.terraform.cli import Applied, InterruptedApply
from infragate.adapters.terraform.output_reader import Event, ignore
from infragate.domain import manifest as manifests
from infragate.domain.command import Command, advice
from infragate.domain.environment import Purpose
from infragate.domain.errors import BadInput, InfragateError, Integrity, RemoteFailed, ToolFailed
from infragate.domain.finding import Finding
from infragate.domain.isolation import Isolation
from infragate.domain.manifest import Manifest
from infragate.domain.plan import Plan
from infragate.domain.terraform.state_lock import locked
from infragate.usecases import apply_record, plan_inputs, reading_plans, turn
from infragate.usecases.apply_record import ApplyRecord
from infragate.usecases.gate import door
from infragate.usecases.gate.door import DoorRequest, Passed
from infragate.usecases.plan_inputs import PlanFiles
from infragate.usecases.session import Session, lasting
from infragate.usecases.stack import ERRORED_STATE, Stack, refuse_errored_state, refused_warnings

Watch = Callable[[Plan], Callable[[Event], None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRequest:
    """Which plan to apply.

    Attributes:
        plan: the plan file; None for the last plan in the checkout's state folder.
        watch: returns, for a plan, the function that receives Terraform's events.
        strict: warnings fail the run, as in an Environment with `strict: true`.
        door: what it brings to the door of the gate; None for the world of a practice or rehearsal, which is the sandbox's.
        beside: files in the Stack's folder that are no part of it.
        before_start: called right before Terraform starts.
    """

    stack: Stack
    plan: Path | None
    watch: Watch = lambda _plan: ignore
    strict: bool = False
    door: DoorRequest | None = field(default_factory=DoorRequest)
    beside: tuple[Path, ...] = ()
    before_start: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyApply:
    """A plan that passed all checks.

    Attributes:
        before: the present state; snapshot: key of its copy. None if there is no state yet.
        passed: how it came through the door of the gate.
        warnings: those of init.
    """

    request: ApplyRequest
    manifest: Manifest
    plan: Plan
    files: PlanFiles
    before: StateVersion | None
    snapshot: str | None
    isolation: Isolation
    passed: Passed
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyResult:
    """The outcome of an apply.

    Attributes:
        record: key of the record in the state bucket.
        after: the new state.
    """

    ready: ReadyApply
    applied: Applied
    record: str
    after: StateVersion | None

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Of init and apply, each once."""
        return tuple(dict.fromkeys([*self.ready.warnings, *self.applied.warnings]))

    @property
    def error(self) -> BadInput | None:
        """The error for warnings that fail the run; the change itself is applied."""
        request = self.ready.request
        return refused_warnings(request.stack, self.warnings, strict=request.strict, done="applied, but ")


def run(request: ApplyRequest) -> ApplyResult:
    """Check, take a snapshot, apply, record; the Stack is held until the end, then the copies of the plan are removed.

    Raises:
        Locked: as `turn.hold`. InfragateError: as `check` and `execute`.
    """
    with turn.hold(request.stack, "apply"):
        try:
            return execute(check(request))
        finally:
            shutil.rmtree(_copies(request.stack), ignore_errors=True)


def check(request: ApplyRequest) -> ReadyApply:
    """Do everything before Terraform's start; the caller holds the Stack.

    From here on only a private copy of the plan is read: what was checked is what is applied.

    Raises:
        BadInput: no plan. Integrity: the plan was edited, or its inputs have changed.
        Locked: the state is locked. InfragateError: as `Stack.init`.
    """
    stack = request.stack
    session, given = stack.session, plan_inputs.plan_files(stack, request.plan)
    refuse_errored_state(stack)
    planned = _copied(given, stack)
    manifest, plan = _read(planned, given.manifest, stack)
    inputs = {**plan_inputs.static(stack, _planner(manifest, session)), **plan_inputs.of_files(planned)}
    _refuse_changed_plan(manifest, plan, inputs, stack)
    stack.prepare()
    apply_record.complete_killed(stack)
    passed = door.check(stack, manifest, request.door)
    if ends := lasting(session.keys, clock.now()):
        stack.say(ends)
    initialised = stack.init(anew=False)
    before = session.store().state()
    written = [*given.all, *request.beside, *plan_inputs.copies(stack, planned)]
    resolved = plan_inputs.resolved(stack, written, initialised.judged.outside)
    _refuse_mismatches(manifest, {**inputs, **resolved, **plan_inputs.of_state(before)}, stack)
    _refuse_locked(session)
    return ReadyApply(
        request=request,
        manifest=manifest,
        plan=plan,
        files=planned,
        before=before,
        snapshot=_snapshot(stack, before),
        isolation=stack.isolation,
        passed=passed,
        warnings=initialised.warnings,
    )


def _refuse_locked(session: Session) -> None:
    if (holder := session.store().lock()) is not None:
        raise locked(holder, where=session.store().address, age=_age(holder.created))


def _snapshot(stack: Stack, before: StateVersion | None) -> str | None:
    """The key of a copy of the present state; None without one."""
    if before is None:
        return None
    key = stack.session.store().snapshot(before, clock.now())
    stack.say(f"state serial {before.serial} copied to {key}")
    return key


def execute(ready: ReadyApply) -> ApplyResult:
    """Run Terraform on the checked plan, with a record in the state bucket.

    Raises:
        InterruptedApply: after a signal, once Terraform has saved its state and ended.
        InfragateError: the class depends on Terraform's diagnostics.
    """
    signals.ignore_hangup()
    stack = ready.request.stack
    record = ApplyRecord(
        stack=stack,
        manifest=ready.manifest,
        before=ready.before,
        snapshot=ready.snapshot,
        started=clock.now(),
        passed=ready.passed,
    )
    key = record.write("running")
    applied = _terraform_apply(ready, record)
    with signals.ignored():
        failed = applied.returncode != 0
        record.write("failed" if failed else "succeeded", applied=applied)
        if failed:
            raise _failure(stack, applied)
        after = _state_afterwards(stack.session)
    environment = stack.environment
    if message := stack.session.cloud.after_apply(environment.account_id, environment.region):
        stack.say(message)
    result = ApplyResult(ready=ready, applied=applied, record=key, after=after)
    if result.error is not None:
        stack.forget_init()  # as a strict plan does
    return result


def _terraform_apply(ready: ReadyApply, record: ApplyRecord) -> Applied:
    """Run Terraform; a run that breaks off is recorded."""
    stack = ready.request.stack
    waiting = "interrupted: Terraform ends its running operations, saves the state and frees the lock; please wait"
    try:
        ready.request.before_start()
        return stack.terraform.apply(
            ready.files.plan,
            ready.request.watch(ready.plan),
            lambda _program: stack.session.warn(waiting),
            transcript=stack.transcript,
        )
    except InterruptedApply as stopped:
        with signals.ignored():
            record.write("interrupted", applied=stopped.applied)
        raise _interruption(stack, stopped) from stopped
    except BaseException as broken:  # Terraform could not be started, or a signal came just before or after it ran
        with signals.ignored():
            record.write("failed" if isinstance(broken, InfragateError) else "interrupted")
        raise


def _state_afterwards(session: Session) -> StateVersion | None:
    try:
        return session.store().state()
    except InfragateError as failed:
        raise failed.amended(message=f"applied, but cannot read the new state: {failed.message}") from failed


def _interruption(stack: Stack, stopped: InterruptedApply) -> InfragateError:
    again = (Command("plan", env=stack.environment.name), ", then apply: it goes on where it stopped")
    return _unsaved_state(stack) or stopped.amended(where=stack.environment.directory, fix=again)


def _failure(stack: Stack, applied: Applied) -> InfragateError:
    stack.forget_init()  # if that was the cause, the next run does not leave it out
    failed = stack.terraform.failure(applied)
    if applied.returncode < 0:
        shown = Command("doctor", env=stack.environment.name)
        failed = failed.amended(fix=advice(shown, " shows the lock; then ", failed.fix))
    return _unsaved_state(stack) or failed


def _unsaved_state(stack: Stack) -> RemoteFailed | None:
    if not (stack.folder / ERRORED_STATE).exists():
        return None
    return RemoteFailed(
        "the new state could not be saved in the bucket; Terraform saved it on this disk",
        where=f"{stack.environment.directory}/{ERRORED_STATE}",
        fix="keep that file, and push it when the bucket can be reached: docs/state-backend.md, 'errored.tfstate'",
    )


def _copies(stack: Stack) -> Path:
    return stack.local_folder / "applying"


def _copied(given: PlanFiles, stack: Stack) -> PlanFiles:
    """A private copy of a plan's files."""
    copies = plan_inputs.plan_files(stack, _copies(stack) / "plan.tfplan")
    shutil.rmtree(_copies(stack), ignore_errors=True)
    files.private_folder(_copies(stack))
    for source, copy in zip(given.all, copies.all, strict=True):
        if not source.is_file():
            fix = Command("plan", env=stack.environment.name)
            raise BadInput(f"{source.name} does not exist", where=str(source.parent), fix=fix)
        files.copy(source, copy)
    return copies


def _read(planned: PlanFiles, where: Path, stack: Stack) -> tuple[Manifest, Plan]:
    again = Command("plan", env=stack.environment.name)
    mac = partial(seal.mac, cloud=stack.session.cloud)
    try:
        stored = json.loads(files.content(planned.manifest, name=str(where)) or b"")
        manifest = manifests.parse(manifests.opened(stored, mac, where=str(where)), where=str(where))
        return manifest, reading_plans.read(files.content(planned.json, limit=files.PLAN_LIMIT) or b"")
    except (OSError, ValueError, TypeError, AttributeError, RecursionError, ToolFailed) as broken:
        raise Integrity(f"cannot read the plan: {broken}", where=str(where.parent), fix=again) from None


def _planner(manifest: Manifest, session: Session) -> Purpose:
    """The purpose whose role must have planned: plan; a break-glass apply also accepts a break-glass plan."""
    emergency = session.purpose == "break-glass" and manifest.role == session.environment.role_arn("break-glass")
    return "break-glass" if emergency else "plan"


def _refuse_changed_plan(manifest: Manifest, plan: Plan, inputs: dict[str, Any], stack: Stack) -> None:
    """The checks without credentials: the files are those of the plan, for this Environment, and recent."""
    where, again = stack.environment.directory, Command("plan", env=stack.environment.name)
    _refuse_mismatches(manifest, {**manifest.document(), **inputs}, stack)
    if contradictions := "; ".join(finding.message for finding in manifests.contradictions(manifest, plan)):
        raise Integrity(f"the plan contradicts its Manifest: {contradictions}", where=where, fix=again)
    if manifests.expired(manifest, clock.now()):
        hours = manifests.LIFETIME.total_seconds() / 3600
        raise Integrity(
            f"the plan was made at {manifest.created}: it is older than {hours:.0f} hours", where=where, fix=again
        )


def _refuse_mismatches(manifest: Manifest, inputs: dict[str, Any], stack: Stack) -> None:
    mismatches = list(manifests.mismatches(manifest, inputs))
    if mismatches:
        shown = "; ".join(finding.message for finding in mismatches[:4])
        raise Integrity(
            f"the plan is stale ({shown})",
            where=stack.environment.directory,
            fix=(Command("plan", env=stack.environment.name), ", review it, then apply"),
        )


def _age(created: str) -> str:
    """The time since `created`, such as "5 min"; "" if the timestamp cannot be parsed."""
    try:
        began = datetime.fromisoformat(created.replace(" +0000 UTC", "+00:00").strip())
        seconds = int((clock.now() - began).total_seconds())
    except (ValueError, TypeError):
        return ""
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
