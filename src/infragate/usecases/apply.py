"""`apply`: the planned file and nothing else, after everything that it was bound to has been checked again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from infragate.adapters.aws.state_store import StateVersion
from infragate.adapters.local import clock, files, locks
from infragate.adapters.local.settings import process_id
from infragate.adapters.process import children
from infragate.adapters.terraform.cli import Applied, Event, InterruptedApply
from infragate.domain import manifest as manifests
from infragate.domain import plan as plan_reading
from infragate.domain import plan_json
from infragate.domain.command import Command, advice
from infragate.domain.environment import Purpose
from infragate.domain.errors import BadInput, InfragateError, Integrity, Locked, RemoteFailed, ToolFailed
from infragate.domain.manifest import Manifest
from infragate.domain.plan import Plan
from infragate.domain.terraform.terraform_messages import locked
from infragate.usecases import plan_inputs
from infragate.usecases.access import lasting
from infragate.usecases.plan_inputs import PlanFiles
from infragate.usecases.stack import ERRORED_STATE, Stack, StackRequest, opened, refuse_errored_state

State = Literal["running", "succeeded", "failed", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRequest:
    """Which plan to apply.

    Attributes:
        plan: the plan file; None for the one that `plan` left in the checkout's state folder.
        watch: makes, from the plan, what is told of Terraform's events as they come.
    """

    stack: StackRequest
    plan: Path | None
    watch: Callable[[Plan], Callable[[Event], None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyResult:
    """What was done, and where it is written down.

    Attributes:
        snapshot: key of the state's copy from before; None when there was no state.
        record: key of the record in the state bucket.
    """

    request: ApplyRequest
    plan: Plan
    manifest: Manifest
    applied: Applied
    snapshot: str | None
    record: str
    before: StateVersion | None
    after: StateVersion | None


def run(request: ApplyRequest) -> ApplyResult:
    """Check, keep a snapshot, apply, record.

    Raises:
        BadInput: there is no plan. Integrity: it is not what was planned, or the world has moved on.
        Locked: somebody else applies. InfragateError: by what Terraform says.
    """
    made = plan_inputs.plan_files(request.stack, request.plan)
    refuse_errored_state(request.stack)
    manifest, plan = _read(made, request.stack)
    found = {**plan_inputs.static(request.stack, _planner(manifest, request.stack)), **plan_inputs.of_files(made)}
    _check_before(manifest, plan, found, request.stack)
    with opened(request.stack) as stack, _turn(stack):
        if ends := lasting(stack.access, clock.now()):
            request.stack.say(ends)
        stack.init()
        before = stack.store.state()
        now = {**found, **plan_inputs.resolved(stack, made.all), **plan_inputs.of_state(before)}
        _refuse_mismatches(manifest, now, request.stack)
        _refuse_held_lock(stack)
        snapshot = stack.store.snapshot(before, clock.now()) if before else None
        if snapshot:
            request.stack.say(f"state serial {before.serial if before else 0} kept as {snapshot}")
        return _apply(request, stack, _Done(manifest, plan, made, before, snapshot))


@dataclass(frozen=True, slots=True)
class _Done:
    """What is known when Terraform starts."""

    manifest: Manifest
    plan: Plan
    files: PlanFiles
    before: StateVersion | None
    snapshot: str | None


def _apply(request: ApplyRequest, stack: Stack, known: _Done) -> ApplyResult:
    children.ignore_hangup()
    started, environment = clock.now(), stack.request.environment
    record = _Record(stack, known, started)
    key = record.write("running")
    waiting = "interrupted: Terraform ends what it has begun, saves the state and frees the lock; please wait"
    try:
        applied = stack.terraform.apply(
            known.files.plan,
            request.watch(known.plan),
            lambda _program: request.stack.warn(waiting),
            transcript=stack.data_folder / "apply.jsonl",
        )
    except InterruptedApply as stopped:
        with children.undisturbed():
            record.write("interrupted", applied=stopped.applied)
        raise _interruption(stopped, stack) from None
    except BaseException as broken:  # Terraform could not be started, or a signal came just before or after it ran
        with children.undisturbed():
            record.write("failed" if isinstance(broken, InfragateError) else "interrupted")
        raise
    with children.undisturbed():
        failed = applied.returncode != 0
        record.write("failed" if failed else "succeeded", applied=applied)
        if failed:
            raise _explained(stack, applied)
        after = _state_afterwards(stack)
    if done := stack.request.cloud.after_apply(environment.account_id, environment.region):
        stack.request.say(done)
    return ApplyResult(
        request=request,
        plan=known.plan,
        manifest=known.manifest,
        applied=applied,
        snapshot=known.snapshot,
        record=key,
        before=known.before,
        after=after,
    )


def _state_afterwards(stack: Stack) -> StateVersion | None:
    """The state that the apply has left.

    Raises:
        InfragateError: it could not be read; the message says that the apply itself has happened.
    """
    try:
        return stack.renewed_store().state()
    except InfragateError as failed:
        failed.message = f"applied; but the new state could not be looked at: {failed.message}"
        raise


@dataclass(frozen=True, slots=True)
class _Record:
    """The record of one apply: written when it begins and again, under the same key, when it ends."""

    stack: Stack
    known: _Done
    started: datetime

    def write(self, outcome: State, *, applied: Applied | None = None) -> str:
        """Write it; what cannot be written at the end becomes a warning, for the apply itself has happened.

        Raises:
            RemoteFailed: at the beginning only: an apply that cannot be recorded does not start.
        """
        try:
            return self.stack.renewed_store().put_record("apply", self._document(outcome, applied), self.started)
        except InfragateError as failed:
            if outcome == "running":
                raise
            self.stack.request.warn(f"the record of this apply could not be completed: {failed.message}")
            return ""

    def _document(self, outcome: State, applied: Applied | None) -> dict[str, Any]:
        request, manifest = self.stack.request, self.known.manifest
        return {
            "schema_version": 1,
            "verb": "apply",
            "outcome": outcome,
            "environment": manifest.environment,
            "actor": request.actor.name,
            "pull_request": request.actor.pull_request,
            "session": self.stack.access.session_name,
            "purpose": request.purpose,
            "commit": manifest.commit,
            "tree": manifest.tree,
            "plan_sha256": manifest.plan_sha256,
            "planned_by": manifest.actor,
            "terraform_version": manifest.terraform_version,
            "started_at": self.started.isoformat(timespec="seconds"),
            "ended_at": None if outcome == "running" else clock.now().isoformat(timespec="seconds"),
            "state_before": _version(self.known.before),
            "snapshot": self.known.snapshot,
            "headline": applied.headline if applied else "",
            "done": list(applied.done) if applied else [],
            "failed": list(applied.failed) if applied else [],
            "errors": [found.summary for found in applied.diagnostics if found.severity == "error"] if applied else [],
        }


def _version(found: StateVersion | None) -> dict[str, Any] | None:
    return {"serial": found.serial, "lineage": found.lineage, "version_id": found.version_id} if found else None


def _interruption(stopped: InterruptedApply, stack: Stack) -> InfragateError:
    left = stack.request.folder / ERRORED_STATE
    if left.exists():
        return _errored_state(stack.request)
    stopped.where = stack.request.environment.directory
    stopped.fix = (Command("plan", env=stack.request.environment.name), ", then apply: it goes on where it stopped")
    return stopped


def _explained(stack: Stack, applied: Applied) -> InfragateError:
    if (stack.request.folder / ERRORED_STATE).exists():
        return _errored_state(stack.request)
    failed = stack.terraform.failure(applied)
    if applied.returncode < 0:
        failed.fix = advice(Command("doctor", env=stack.request.environment.name), " shows the lock; then ", failed.fix)
    return failed


def _errored_state(request: StackRequest) -> RemoteFailed:
    return RemoteFailed(
        "the newest state could not be saved in the bucket; Terraform left it on this disk",
        where=f"{request.environment.directory}/{ERRORED_STATE}",
        fix="keep that file; docs/state-backend.md, 'errored.tfstate', pushes it when the bucket can be reached",
    )


def _read(made: PlanFiles, request: StackRequest) -> tuple[Manifest, Plan]:
    again = Command("plan", env=request.environment.name)
    for path in made.all:
        if not path.is_file():
            raise BadInput(f"there is no {path.name}", where=str(path.parent), fix=again)
    try:
        manifest = manifests.parse(json.loads(made.manifest.read_text(encoding="utf-8")), where=str(made.manifest))
        document = plan_json.parse(made.json.read_bytes())
    except (OSError, ValueError, RecursionError, ToolFailed) as broken:
        raise Integrity(f"the plan cannot be read: {broken}", where=str(made.plan.parent), fix=again) from None
    return manifest, plan_reading.read(document)


def _planner(manifest: Manifest, request: StackRequest) -> Purpose:
    """Under which role it must have been planned: plan's, or under break-glass also break-glass's own."""
    own = request.purpose == "break-glass" and manifest.role == request.environment.role_arn("break-glass")
    return "break-glass" if own else "plan"


def _check_before(manifest: Manifest, plan: Plan, found: dict[str, Any], request: StackRequest) -> None:
    """What needs no credentials: the files are the planned ones, for this Environment, and not old."""
    known = {**manifest.document(), **found}
    _refuse_mismatches(manifest, known, request)
    contradicted = list(manifests.contradictions(manifest, plan))
    if contradicted:
        raise Integrity(
            f"the plan is not what its Manifest says: {'; '.join(finding.message for finding in contradicted)}",
            where=request.environment.directory,
            fix=Command("plan", env=request.environment.name),
        )
    if manifests.expired(manifest, clock.now()):
        raise Integrity(
            f"the plan is of {manifest.created}: older than {manifests.LIFETIME.total_seconds() / 3600:.0f} hours",
            where=request.environment.directory,
            fix=Command("plan", env=request.environment.name),
        )


def _refuse_mismatches(manifest: Manifest, found: dict[str, Any], request: StackRequest) -> None:
    differing = list(manifests.mismatches(manifest, found))
    if differing:
        shown = "; ".join(finding.message for finding in differing[:4])
        raise Integrity(
            f"the plan does not fit any more ({shown})",
            where=request.environment.directory,
            fix=(Command("plan", env=request.environment.name), ", review it, then apply"),
        )


def _refuse_held_lock(stack: Stack) -> None:
    holder = stack.store.lock()
    if holder is not None:
        raise locked(holder, where=stack.store.address, age=_age(holder.created))


def _age(created: str) -> str:
    """How long ago, in words; "" when Terraform's stamp cannot be read."""
    try:
        began = datetime.fromisoformat(created.replace(" +0000 UTC", "+00:00").strip())
        seconds = int((clock.now() - began).total_seconds())
    except (ValueError, TypeError):
        return ""
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


@contextmanager
def _turn(stack: Stack) -> Iterator[None]:
    """One apply at a time in a checkout; the second is told who is at it, at once."""
    note = stack.data_folder / "turn.txt"

    def refusal() -> Locked:
        return Locked(
            f"another apply runs in this checkout: {files.recall(note) or 'it has just begun'}",
            where=stack.request.environment.directory,
            fix="wait for it to end, then plan again",
        )

    with locks.turn(stack.data_folder / "turn.lock", refusal):
        try:
            files.write(note, f"{stack.request.actor.name}, process {process_id()}, since {clock.now():%H:%M:%S} UTC")
            yield
        finally:
            note.unlink(missing_ok=True)
