"""`rollback` and `config-rollback`: an Environment back to what it was, as one judged commit; proposed or applied.

The commit is made in a draft, so the checkout is never touched. What has been reached is noted in a file of the
checkout's state folder: it tells a second run and `--abort` where the first one stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
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
from infragate.usecases.apply import ApplyResult
from infragate.usecases.modules import release_change
from infragate.usecases.modules.release_change import Judged, ReleaseRequest
from infragate.usecases.rollback import config_change, rollback_note
from infragate.usecases.rollback.rollback_note import Note
from infragate.usecases.smoke import SmokeResult
from infragate.usecases.stack import StackRequest, opened, refuse_errored_state

SMOKE_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackRequest:
    """What to take back.

    Attributes:
        stack: under the plan role; apply_stack: under the one that applies, None for a proposal only.
        release: a tag of the modules; revision: a commit whose tfvars are meant. Exactly one of them is given.
        module: one module's pins only.
        reason: why, on one line; required in a protected Environment.
        watch: as in ApplyRequest.
        describe: writes title and body of the pull request; None when none is to be opened.
    """

    stack: StackRequest
    apply_stack: StackRequest | None
    release: str | None
    revision: str | None
    module: str | None
    reason: str
    watch: Callable[[Plan], Callable[[Event], None]]
    describe: Callable[[RollbackResult], tuple[str, str]] | None = None

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
    commit: str | None
    branch: str | None
    difference: str
    applied: ApplyResult | None
    health: SmokeResult | None
    record: str | None
    pull_request: str | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What stands in the way; after an apply, what is not healthy."""
        return self.judged.findings + (self.health.findings if self.health else ())


def run(request: RollbackRequest) -> RollbackResult:
    """Look whether it can be done, make and judge the change, then propose it or apply it.

    Raises:
        BadInput: no reason, no such release, no apply to go back from. Locked: somebody applies.
        Interrupted: the message says what to type now. InfragateError: by what went wrong.
    """
    _ask_reason(request)
    if request.describe is None:
        return _run(_with_commit(request))
    pull_requests.token()  # without it nobody could open one: said before minutes of planning
    result = _run(_with_commit(request))
    return _proposed(result, *request.describe(result)) if result.branch else result


def _run(request: RollbackRequest) -> RollbackResult:
    asked = request.stack
    earlier = rollback_note.read(asked)
    note = _note(request, touched=earlier is not None and earlier.touched and earlier.phase != "done")
    with rollback_note.explained(asked, note), _draft(asked, lambda: _preflight(request, note)) as place:
        start = git.head_commit(place)
        judged = _prepared(request, place, note, earlier)
        commit = git.head_commit(place)
        if not judged.verdict.allows or commit is None or commit == start:
            _settle(asked, note, judged)
            return _result(request, judged)
        git.set_branch(asked.root, note.branch, commit)
        note = replace(note, phase="ready", commit=commit)
        rollback_note.write(asked, note)
        result = replace(
            _result(request, judged), commit=commit, branch=note.branch, difference=git.difference(place, "HEAD")
        )
        return _applied(request, place, note, result) if request.apply_stack else result


def _with_commit(request: RollbackRequest) -> RollbackRequest:
    """A revision by its commit: `HEAD~1` is another one tomorrow, and no name for a branch."""
    if request.revision is None:
        return request
    return replace(request, revision=config_change.commit_of(request.stack, request.revision))


def _note(request: RollbackRequest, *, touched: bool) -> Note:
    asked = request.stack
    return Note(
        phase="preparing",
        environment=asked.environment.name,
        verb=request.verb,
        target=request.target,
        module=request.module,
        reason=request.reason,
        actor=asked.actor.name,
        started=clock.now().isoformat(timespec="seconds"),
        branch=branch_name(request),
        commit=None,
        apply=request.apply_stack is not None,
        touched=touched,
    )


def _draft(asked: StackRequest, before: Callable[[], None]) -> AbstractContextManager[Path]:
    return release_change.draft(asked.root, _draft_name(asked), before=before)


def _draft_name(asked: StackRequest) -> str:
    return f"rollback-{asked.environment.name}"


def _prepared(request: RollbackRequest, place: Path, note: Note, earlier: Note | None) -> Judged:
    """The judgement; where there is none, what was known before stays known."""
    rollback_note.write(request.stack, note)
    try:
        return _judge(request, place)
    except InfragateError:
        rollback_note.forget(request.stack)
        if earlier is not None:
            rollback_note.write(request.stack, earlier)
        raise


def _settle(stack: StackRequest, note: Note, judged: Judged) -> None:
    """Nothing is proposed. Where it may not go on, an apply that was broken off before stays known."""
    if note.touched and not judged.verdict.allows:
        rollback_note.write(stack, replace(note, phase="applying"))
    else:
        rollback_note.forget(stack)


def _result(request: RollbackRequest, judged: Judged) -> RollbackResult:
    return RollbackResult(
        request=request,
        judged=judged,
        commit=None,
        branch=None,
        difference="",
        applied=None,
        health=None,
        record=None,
    )


def branch_name(request: RollbackRequest) -> str:
    """The branch that holds the proposal."""
    return (
        f"{request.verb}/{'-'.join([request.stack.environment.name, request.shown, *filter(None, [request.module])])}"
    )


def _ask_reason(request: RollbackRequest) -> None:
    environment = request.stack.environment
    if environment.protected and not request.reason:
        raise BadInput(
            f"{environment.name} is protected: a rollback needs a reason",
            where=environment.name,
            fix='add --reason "what is wrong, and the incident\'s number"',
        )


def _preflight(request: RollbackRequest, note: Note) -> None:
    """The lock is free where it matters, there is an apply to go back from, and the branch is ours.

    Raises:
        Locked, BadInput: as said. Integrity: an apply could not save its state.
    """
    asked = request.stack
    refuse_errored_state(asked)
    with opened(asked) as stack:
        holder = stack.store.lock()
        # The Terraform of a killed run may still be at work in the draft, which would be taken from under it.
        if holder is not None and (request.apply_stack is not None or note.touched):
            raise locked(holder, where=stack.store.address)
        if not _has_applied(stack.store):
            raise BadInput(
                "no successful apply is on record: there is nothing to go back from",
                where=f"{stack.store.address} and records beside it",
                fix=Command("plan", env=asked.environment.name),
            )
    _refuse_foreign_branch(asked, note)


def _has_applied(store: StateStore) -> bool:
    """Whether the newest records hold a successful apply."""
    return any(store.record(key).get("outcome") == "succeeded" for key in reversed(store.records()[-50:]))


def _judge(request: RollbackRequest, place: Path) -> Judged:
    environment = request.stack.environment.name
    why = f"\n\n{request.reason}\n" if request.reason else "\n"
    if request.revision is not None:
        return config_change.judge(
            request.stack, request.revision, place, f"{environment}: configuration of {request.shown}{why}"
        )
    what = f"{request.module} back" if request.module else "modules back"
    wanted = ReleaseRequest(stack=request.stack, tag=request.target, module=request.module, known_only=True)
    return release_change.judge(wanted, place, f"{environment}: {what} to {request.target}{why}")


def _applied(request: RollbackRequest, place: Path, note: Note, result: RollbackResult) -> RollbackResult:
    """Apply the plan that was judged, then ask whether the Environment is healthy."""
    assert request.apply_stack is not None  # noqa: S101 (the caller has looked)
    asked = request.stack
    there = replace(request.apply_stack, root=place)
    note = replace(note, touched=True)

    def watch(plan: Plan) -> Callable[[Event], None]:
        """Asked for when all checks have passed and Terraform is about to start."""
        rollback_note.write(asked, replace(note, phase="applying"))
        return request.watch(plan)

    try:
        done = apply.run(apply.ApplyRequest(stack=there, plan=None, watch=watch))
    except InfragateError as failed:
        own_plan = isinstance(failed, Interrupted | Integrity)  # "plan again" would plan what the checkout holds
        failed.fix = note.again if own_plan or not failed.fix else advice(failed.fix, "; then ", note.again)
        raise
    rollback_note.write(asked, replace(note, phase="applied"))
    record = _record(there, note, done)
    asked.say("applied; asking whether it is healthy")
    health = smoke.run(smoke.SmokeRequest(stack=asked, wait_seconds=SMOKE_SECONDS))
    rollback_note.write(asked, replace(note, phase="done"))
    return replace(result, applied=done, health=health, record=record)


def _record(there: StackRequest, note: Note, done: ApplyResult) -> str | None:
    """Who took what back, and why; the apply itself has its own record."""
    document: dict[str, Any] = {"schema_version": 1, **asdict(note), "apply": done.record}
    document.update(phase="applied")
    try:
        with opened(there) as stack:
            return stack.store.put_record("rollback", document, clock.now())
    except InfragateError as failed:
        there.warn(f"the record of this rollback could not be written: {failed.message}")
        return None


def _refuse_foreign_branch(asked: StackRequest, note: Note) -> None:
    """A branch of that name is ours only when our note says so."""
    there = git.branch_commit(asked.root, note.branch)
    known = rollback_note.read(asked)
    if there is None or (known is not None and known.branch == note.branch and known.commit in (None, there)):
        return
    raise BadInput(
        f"there is a branch {note.branch} already",
        where=str(asked.root),
        fix=f"git branch -D {note.branch}, if it is no longer needed",
    )


def abort(stack: StackRequest) -> str:
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


def _proposed(result: RollbackResult, title: str, body: str) -> RollbackResult:
    """Push the branch and open its pull request.

    Raises:
        BadInput: no token. RemoteFailed: the push or GitHub failed.
    """
    stack = result.request.stack
    assert result.branch is not None  # noqa: S101 (the caller has looked)
    git.push(stack.root, result.branch)
    where = stack.project.github
    opened = pull_requests.open_pull_request(
        f"{where.owner}/{where.repository}",
        branch=result.branch,
        base=git.current_branch(stack.root),
        title=title,
        body=body,
    )
    return replace(result, pull_request=opened.url)
