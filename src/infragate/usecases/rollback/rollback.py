"""`rollback` and `config-rollback`: an Environment back to what it was, as one judged commit; proposed or applied.

The commit is made in a draft, so the checkout is never touched. After each step a note in the checkout's own folder says
how far it came: it tells a second run and `--abort` where the first one stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from infragate.adapters import git
from infragate.adapters.aws.state_store import StateStore
from infragate.adapters.github import pull_requests
from infragate.adapters.local import clock
from infragate.adapters.terraform.cli import Event
from infragate.domain.command import Command, advice
from infragate.domain.errors import BadInput, InfragateError, Integrity, Interrupted
from infragate.domain.finding import Finding
from infragate.domain.plan import Plan
from infragate.domain.terraform.terraform_messages import locked
from infragate.usecases import apply, smoke
from infragate.usecases.apply import ApplyRequest, ApplyResult
from infragate.usecases.modules import release_change
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
        release: a tag of the modules; revision: a commit whose tfvars are meant. Exactly one of them is given.
        module: one module's pins only.
        reason: why, on one line; required in a protected Environment.
        apply: apply it, and look whether the Environment is healthy.
        watch: as in ApplyRequest.
        describe: writes title and body of the pull request; None when none is to be opened.
    """

    stack: Stack
    release: str | None
    revision: str | None
    module: str | None
    reason: str
    watch: Callable[[Plan], Callable[[Event], None]]
    describe: Callable[[RollbackResult], tuple[str, str]] | None = None
    apply: bool = False

    @property
    def verb(self) -> str:
        """The verb that asks for it."""
        return "rollback" if self.release else "config-rollback"

    @property
    def target(self) -> str:
        """What it goes back to: a tag, or a commit id."""
        return self.release or self.revision or ""

    @property
    def shown(self) -> str:
        """The target as people read it."""
        return self.release or self.target[:12]

    @property
    def branch(self) -> str:
        """The branch that holds the proposal."""
        parts = [self.stack.environment.name, self.shown, *([self.module] if self.module else [])]
        return f"{self.verb}/{'-'.join(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackResult:
    """How far it came.

    Attributes:
        commit, branch: where the change lies; None where nothing had to change or nothing may.
        difference: the commit as a patch.
        record: key in the state bucket of what was rolled back, by whom and why; only with an apply.
        pull_request: address of the one that was opened.
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
        """What stands in the way; after an apply, what is not healthy."""
        return self.judged.findings + (self.health.findings if self.health else ())


def run(request: RollbackRequest) -> RollbackResult:
    """Look whether it can be done, make and judge the change, apply it where that was asked for, propose it.

    Raises:
        BadInput: no reason, no such release, no apply to go back from, no token for a pull request.
        Locked: somebody applies. Interrupted: the message says what to type now.
        InfragateError: by what went wrong.
    """
    _require_reason(request)
    if request.describe is not None:
        pull_requests.token()  # before minutes of planning
    if request.revision is not None:  # as a commit: `HEAD~1` is another one tomorrow, and no name for a branch
        request = replace(request, revision=config_change.commit_of(request.stack, request.revision))
    earlier = rollback_note.read(request.stack)
    note = _first_note(request, earlier)
    with rollback_note.explained(request.stack, note):
        return _propose(request, _rolled_back(request, note, earlier))


def _rolled_back(request: RollbackRequest, note: Note, earlier: Note | None) -> RollbackResult:
    """The steps between the question and the proposal; each one ends with its note."""
    stack = request.stack
    with release_change.draft(stack.root, _draft_name(stack), before=lambda: _preflight(request, note)) as place:
        start = git.head_commit(place)
        rollback_note.write(stack, note)
        judged = _judge(request, place, earlier)
        result = RollbackResult(request=request, judged=judged)
        commit = git.head_commit(place)
        if not judged.verdict.allows or commit is None or commit == start:
            _settle(stack, note, judged)
            return result
        git.set_branch(stack.root, note.branch, commit)
        note = replace(note, phase="ready", commit=commit)
        rollback_note.write(stack, note)
        result = replace(result, commit=commit, branch=note.branch, difference=git.difference(place, "HEAD"))
        return _apply(request, place, note, result) if request.apply else result


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
        touched=earlier is not None and earlier.touched and earlier.phase != "done",
    )


def _draft_name(stack: Stack) -> str:
    return f"rollback-{stack.environment.name}"


def _preflight(request: RollbackRequest, note: Note) -> None:
    """The lock is free where it matters, there is an apply to go back from, and the branch is ours.

    Raises:
        Locked, BadInput: as said. Integrity: an apply could not save its state.
    """
    stack = request.stack
    refuse_errored_state(stack)
    stack.prepare()
    store = stack.session.store()
    holder = store.lock()
    # The Terraform of a killed run may still be at work in the draft, which would be taken from under it.
    if holder is not None and (request.apply or note.touched):
        raise locked(holder, where=store.address)
    if not _has_applied(store):
        raise BadInput(
            "no successful apply is on record: there is nothing to go back from",
            where=f"{store.address} and records beside it",
            fix=Command("plan", env=stack.environment.name),
        )
    _refuse_foreign_branch(stack, note)


def _has_applied(store: StateStore) -> bool:
    """True if one of the newest records is a successful apply."""
    return any(store.record(key).get("outcome") == "succeeded" for key in reversed(store.records()[-50:]))


def _refuse_foreign_branch(stack: Stack, note: Note) -> None:
    """A branch of that name is ours only when our note says so."""
    tip = git.branch_commit(stack.root, note.branch)
    known = rollback_note.read(stack)
    if tip is None or (known is not None and known.branch == note.branch and known.commit in (None, tip)):
        return
    raise BadInput(
        f"there is a branch {note.branch} already",
        where=str(stack.root),
        fix=f"git branch -D {note.branch}, if it is no longer needed",
    )


def _judge(request: RollbackRequest, place: Path, earlier: Note | None) -> Judged:
    """The change as a commit in the draft, and its judgement; where there is none, the earlier note comes back."""
    environment = request.stack.environment.name
    why = f"\n\n{request.reason}\n" if request.reason else "\n"
    try:
        if request.revision is not None:
            message = f"{environment}: configuration of {request.shown}{why}"
            return config_change.judge(request.stack, request.revision, place, message)
        what = f"{request.module} back" if request.module else "modules back"
        release = ReleaseRequest(stack=request.stack, tag=request.target, module=request.module, known_only=True)
        return release_change.judge(release, place, f"{environment}: {what} to {request.target}{why}")
    except InfragateError:
        rollback_note.forget(request.stack)
        if earlier is not None:
            rollback_note.write(request.stack, earlier)
        raise


def _settle(stack: Stack, note: Note, judged: Judged) -> None:
    """Nothing is proposed. Where it may not go on, an apply that was broken off before stays known."""
    if note.touched and not judged.verdict.allows:
        rollback_note.write(stack, replace(note, phase="applying"))
    else:
        rollback_note.forget(stack)


def _apply(request: RollbackRequest, place: Path, note: Note, result: RollbackResult) -> RollbackResult:
    """Apply the plan that was judged, then ask whether the Environment is healthy."""
    stack, note = request.stack, replace(note, touched=True)
    draft = Stack(session=stack.session.under("apply"), root=place)
    with _goes_on_with(note.again), apply.alone(draft):
        ready = apply.check(ApplyRequest(stack=draft, plan=None, watch=request.watch))
        # Noted before Terraform starts: if this run is killed from here on, the next one knows that it may have applied.
        done = apply.execute(ready, before_start=lambda: rollback_note.write(stack, replace(note, phase="applying")))
    rollback_note.write(stack, replace(note, phase="applied"))
    record = _record(draft, note, done)
    stack.say("applied; asking whether it is healthy")
    health = smoke.run(SmokeRequest(session=stack.session, wait_seconds=SMOKE_SECONDS))
    rollback_note.write(stack, replace(note, phase="done"))
    return replace(result, applied=done, health=health, record=record)


@contextmanager
def _goes_on_with(again: Command) -> Iterator[None]:
    """An apply that fails here says how the rollback goes on; "plan again" would plan what the checkout holds."""
    try:
        yield
    except InfragateError as failed:
        own_plan = isinstance(failed, Interrupted | Integrity)
        fix = again if own_plan or not failed.fix else advice(failed.fix, "; then ", again)
        raise failed.amended(fix=fix) from failed


def _record(stack: Stack, note: Note, done: ApplyResult) -> str | None:
    """Who took what back, and why; the apply itself has its own record."""
    document: dict[str, Any] = {"schema_version": 1, **asdict(note), "phase": "applied", "apply": done.record}
    try:
        return stack.session.store().put_record("rollback", document, clock.now())
    except InfragateError as failed:
        stack.session.warn(f"the record of this rollback could not be written: {failed.message}")
        return None


def _propose(request: RollbackRequest, result: RollbackResult) -> RollbackResult:
    """Push the branch and open its pull request, where that was asked for.

    Raises:
        RemoteFailed: the push or GitHub failed.
    """
    if result.branch is None or request.describe is None:
        return result
    title, body = request.describe(result)
    root, github = request.stack.root, request.stack.session.project.github
    git.push(root, result.branch)
    opened = pull_requests.open_pull_request(
        f"{github.owner}/{github.repository}",
        branch=result.branch,
        base=git.current_branch(root),
        title=title,
        body=body,
    )
    return replace(result, pull_request=opened.url)


def abort(stack: Stack) -> str:
    """Undo a rollback that was only prepared; what was done, in words.

    Raises:
        Blocked: it has begun to apply. Locked: it is still running.
    """
    with release_change.alone(stack.root):
        note = rollback_note.read(stack)
        if note is None:
            return "there is no rollback to abort"
        if note.touched:
            raise rollback_note.irrevocable(note)
        release_change.discard(stack.root, _draft_name(stack))
        ours = note.commit is not None and git.branch_commit(stack.root, note.branch) == note.commit
        if ours:
            git.delete_branch(stack.root, note.branch)
        rollback_note.forget(stack)
    branch = f" and its branch {note.branch} removed" if ours else ""
    return f"the rollback to {note.target} is forgotten{branch}; nothing had been applied by it"
