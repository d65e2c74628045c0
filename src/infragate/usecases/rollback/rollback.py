"""`rollback` and `config-rollback`: take an Environment back with one judged commit, proposed or applied.

The commit is made in a draft, so the checkout is never touched. After each step a note in the checkout's state folder
records the progress: it tells a second run and `--abort` where the first run stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from infragate.adapters import git
from infragate.adapters.github import github_credentials
from infragate.adapters.local import clock
from infragate.adapters.terraform.output_reader import Event, ignore
from infragate.domain.command import Command, advice
from infragate.domain.errors import BadInput, InfragateError, Integrity, Interrupted
from infragate.domain.finding import Finding
from infragate.domain.modules import pin_target, release_tag
from infragate.domain.modules.pin_target import Unordered
from infragate.domain.plan import Plan
from infragate.domain.terraform.state_lock import locked
from infragate.usecases import apply, apply_record, proposed_branch, smoke
from infragate.usecases.apply import ApplyRequest, ApplyResult
from infragate.usecases.gate import gate
from infragate.usecases.gate.door import DoorRequest
from infragate.usecases.modules import release_change
from infragate.usecases.modules.pin_selection import PinRequest
from infragate.usecases.modules.release_change import Judged, ReleaseRequest
from infragate.usecases.rollback import config_change, rollback_note
from infragate.usecases.rollback.rollback_note import Note
from infragate.usecases.smoke import SmokeRequest, SmokeResult
from infragate.usecases.stack import Stack, refuse_errored_state

SMOKE_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackRequest:
    """What to take back.

    Attributes:
        stack: under the plan role.
        release: a tag of the modules; revision: a commit with the older tfvars. Exactly one of them is set.
        module: only the pins of this module.
        reason: one line; required in a protected Environment.
        apply: apply the change, then check health.
        watch: as in ApplyRequest.
        describe: returns title and body of the pull request; None opens none.
        decide: called with the judged change before anything is applied; True applies it.
        keep, moves_unordered: as in PinRequest.
        flags: more flags of this call, for the command that runs it again.
        door: what an apply of it brings to the door of the gate.
    """

    stack: Stack
    release: str | None
    revision: str | None
    module: str | None
    reason: str
    watch: Callable[[Plan], Callable[[Event], None]] = lambda _plan: ignore
    describe: Callable[[RollbackResult], tuple[str, str]] | None = None
    apply: bool = False
    decide: Callable[[RollbackResult], bool] = lambda result: result.request.apply
    keep: frozenset[str] = frozenset()
    moves_unordered: Callable[[Unordered], bool] = pin_target.refuse_unordered
    flags: tuple[str, ...] = ()
    door: DoorRequest = field(default_factory=DoorRequest)

    @property
    def verb(self) -> str:
        return "rollback" if self.release else "config-rollback"

    @property
    def target(self) -> str:
        """The tag or commit id."""
        return self.release or self.revision or ""

    @property
    def shown(self) -> str:
        """The tag or short commit id."""
        return self.release or self.target[:12]

    @property
    def branch(self) -> str:
        """The branch that holds the proposal."""
        parts = [self.stack.environment.name, self.shown, *([self.module] if self.module else [])]
        return f"{self.verb}/{'-'.join(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackResult:
    """The outcome of a rollback.

    Attributes:
        commit, branch: of the change; None if there is no change or it is blocked.
        difference: the commit as a patch.
        record: key of the record in the state bucket; None without an apply.
        pull_request: its URL.
    """

    request: RollbackRequest
    judged: Judged
    commit: str | None = None
    branch: str | None = None
    difference: str = ""
    applied: ApplyResult | None = None
    health: SmokeResult | None = None
    record: str | None = None
    pull_request: str | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What blocks the change; after an apply, also what is unhealthy."""
        return self.judged.findings + (self.health.findings if self.health else ())


def run(request: RollbackRequest) -> RollbackResult:
    """Check preconditions, make and judge the change, then apply or propose it as requested.

    Raises:
        BadInput: no reason, unknown release, nothing applied yet, no token for a pull request.
        Locked: the state is locked. Interrupted: `fix` is the next command.
        InfragateError: the class depends on the cause.
    """
    _require_reason(request)
    if request.release is not None and release_tag.is_constraint(request.release):
        raise BadInput(
            "a rollback needs one exact tag", where="--to", fix="give the tag of the release that was healthy"
        )
    if request.describe is not None:
        github_credentials.read()  # before minutes of planning
    if request.revision is not None:  # a commit id stays the same, unlike `HEAD~1`, and can be part of a branch name
        request = replace(request, revision=config_change.commit_of(request.stack, request.revision))
    earlier = rollback_note.read(request.stack)
    note = _first_note(request, earlier)
    with rollback_note.explained(request.stack, note):
        return _propose(request, _rolled_back(request, note, earlier))


def _rolled_back(request: RollbackRequest, note: Note, earlier: Note | None) -> RollbackResult:
    """Make, judge and apply the change; each step ends with its note."""
    stack = request.stack
    with release_change.draft(stack.root, _draft_name(stack), before=lambda: _preflight(request, note)) as draft:
        place = draft.folder
        rollback_note.write(stack, note)
        judged = _judge(request, place, earlier)
        result = RollbackResult(request=request, judged=judged)
        commit = judged.commit
        if not judged.verdict.allows or commit is None:
            _settle(stack, note, judged)
            return result
        git.set_branch(stack.root, note.branch, commit)
        note = replace(note, phase="ready", commit=commit)
        rollback_note.write(stack, note)
        result = replace(result, commit=commit, branch=note.branch, difference=git.difference(place, commit))
        return _apply(request, place, note, result) if request.decide(result) else result


def _require_reason(request: RollbackRequest) -> None:
    environment = request.stack.environment
    if environment.protected and not request.reason:
        raise BadInput(
            f"{environment.name} is protected: a rollback needs a reason",
            where=environment.name,
            fix='add --reason "what is wrong, and the incident\'s number"',
        )


def _first_note(request: RollbackRequest, earlier: Note | None) -> Note:
    return Note(
        phase="preparing",
        environment=request.stack.environment.name,
        verb=request.verb,
        target=request.target,
        module=request.module,
        reason=request.reason,
        actor=request.stack.session.actor.name,
        started=clock.now().isoformat(timespec="seconds"),
        branch=request.branch,
        commit=None,
        apply=request.apply,
        flags=request.flags,
        touched=earlier is not None and earlier.touched and earlier.phase != "done",
    )


def _draft_name(stack: Stack) -> str:
    return f"rollback-{stack.environment.name}"


def _preflight(request: RollbackRequest, note: Note) -> None:
    """Check lock, state and branch.

    Raises:
        Locked: the state is locked. Integrity: an apply could not save its state.
        BadInput: no state, or the branch exists already.
    """
    stack = request.stack
    refuse_errored_state(stack)
    stack.prepare()
    folder = release_change.draft_folder(stack.root, _draft_name(stack))
    apply_record.complete_killed(Stack(session=stack.session.under("apply"), root=folder))
    store = stack.session.store()
    holder = store.lock()
    # The Terraform of a killed run may still be running in the draft, which must then stay.
    if holder is not None and (request.apply or note.touched):
        raise locked(holder, where=store.address)
    if not any(store.record(key).get("outcome") == "succeeded" for key in reversed(store.records()[-50:])):
        if not store.resources():
            raise BadInput(
                "nothing was applied yet: there is nothing to roll back",
                where=store.address,
                fix=Command("plan", env=stack.environment.name),
            )
        stack.session.warn("no successful apply of infragate is on record; the state shows what is applied")
    _refuse_foreign_branch(stack, note)


def _refuse_foreign_branch(stack: Stack, note: Note) -> None:
    """Refuse an existing branch unless the last rollback's note names it."""
    tip = next(iter(git.refs(stack.root, f"refs/heads/{note.branch}").values()), None)
    known = rollback_note.read(stack)
    if tip is None or (known is not None and known.branch == note.branch and known.commit in (None, tip)):
        return
    raise BadInput(
        f"branch {note.branch} exists already",
        where=str(stack.root),
        fix=f"git branch -D {note.branch}, if it is no longer needed",
    )


def _judge(request: RollbackRequest, place: Path, earlier: Note | None) -> Judged:
    """Commit the change in the draft and judge it; on failure restore the earlier note."""
    environment = request.stack.environment.name
    why = f"\n\n{request.reason}\n" if request.reason else "\n"
    try:
        if request.revision is not None:
            message = f"{environment}: configuration of {request.shown}{why}"
            return config_change.judge(request.stack, request.revision, place, message)
        what = f"{request.module} back" if request.module else "modules back"
        pins = PinRequest(
            release=request.target,
            module=request.module,
            direction="rollback",
            keep=request.keep,
            moves_unordered=request.moves_unordered,
        )
        release = ReleaseRequest(stack=request.stack, pins=pins, known_only=True)
        return release_change.judge(release, place, f"{environment}: {what} to {request.target}{why}")
    except InfragateError:
        rollback_note.forget(request.stack)
        if earlier is not None:
            rollback_note.write(request.stack, earlier)
        raise


def _settle(stack: Stack, note: Note, judged: Judged) -> None:
    """Nothing is proposed. If the change is blocked, an earlier interrupted apply stays in the note."""
    if note.touched and not judged.verdict.allows:
        rollback_note.write(stack, replace(note, phase="applying"))
    else:
        rollback_note.forget(stack)


def _apply(request: RollbackRequest, place: Path, note: Note, result: RollbackResult) -> RollbackResult:
    """Apply the judged plan through the door of the gate, then check health."""
    stack, note = request.stack, replace(note, touched=True, apply=True)
    gate.before_apply(Stack(session=stack.session, root=place), request.door)
    draft_stack = Stack(session=stack.session.under("apply"), root=place)
    # Noted before Terraform starts: if this run is killed from there on, the next one knows it may have applied.
    begin = partial(rollback_note.write, stack, replace(note, phase="applying"))
    with _goes_on_with(note.again):
        done = apply.run(
            ApplyRequest(stack=draft_stack, plan=None, watch=request.watch, door=request.door, before_start=begin)
        )
    rollback_note.write(stack, replace(note, phase="applied"))
    record = _record(draft_stack, note, done)
    stack.say("applied; checking health")
    health = smoke.run(SmokeRequest(session=stack.session, wait_seconds=SMOKE_SECONDS))
    rollback_note.write(stack, replace(note, phase="done"))
    return replace(result, applied=done, health=health, record=record)


@contextmanager
def _goes_on_with(again: Command) -> Iterator[None]:
    """Make `fix` of a failed apply the command that continues the rollback: a plain plan would plan the checkout."""
    try:
        yield
    except InfragateError as failed:
        own_plan = isinstance(failed, Interrupted | Integrity)
        fix = again if own_plan or not failed.fix else advice(failed.fix, "; then ", again)
        raise failed.amended(fix=fix) from failed


def _record(stack: Stack, note: Note, done: ApplyResult) -> str | None:
    """Write the rollback's record (who, what, why) and return its key; the apply has its own record."""
    document: dict[str, Any] = {"schema_version": 1, **asdict(note), "phase": "applied", "apply": done.record}
    try:
        return stack.session.store().put_record("rollback", document, clock.now())
    except InfragateError as failed:
        stack.session.warn(f"cannot write the record of this rollback: {failed.message}")
        return None


def _propose(request: RollbackRequest, result: RollbackResult) -> RollbackResult:
    """Push the branch and open its pull request, if requested."""
    if result.branch is None or request.describe is None:
        return result
    title, body = request.describe(result)
    root, project = request.stack.root, request.stack.session.project
    base = git.current_branch(root)
    url = proposed_branch.propose(root, project, result.branch, base=base, title=title, body=body)
    return replace(result, pull_request=url)


def abort(stack: Stack) -> str:
    """Undo a rollback that has not begun to apply; return a message.

    Raises:
        Blocked: it has begun to apply. Locked: it is still running.
    """
    with release_change.alone(stack.root):
        note = rollback_note.read(stack)
        if note is None:
            return "no rollback to abort"
        if note.touched:
            raise rollback_note.irrevocable(note)
        release_change.discard(stack.root, _draft_name(stack))
        removed = ""
        if note.commit in git.refs(stack.root, f"refs/heads/{note.branch}").values():
            git.delete_branch(stack.root, note.branch)
            removed = f" and its branch {note.branch} removed"
        rollback_note.forget(stack)
    return f"the rollback to {note.target} is aborted{removed}; it had applied nothing"
