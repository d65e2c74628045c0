"""`rollback` and `config-rollback`: an Environment back to what it was, as one judged commit; proposed or applied.

The commit is made in a draft, so the checkout is never touched. What has been reached is noted in a file of the
checkout's state folder: it tells a second run and `--abort` where the first one stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from infragate.adapters import clock, files, git, github
from infragate.adapters.github import PullRequest
from infragate.adapters.state_store import StateStore
from infragate.adapters.terraform import Event
from infragate.domain.errors import BadInput, Blocked, InfragateError
from infragate.domain.plan import Plan
from infragate.domain.terraform_messages import locked
from infragate.usecases import apply, config_change, release_change, smoke
from infragate.usecases.apply import ApplyResult
from infragate.usecases.release_change import Judged, ReleaseRequest
from infragate.usecases.smoke import SmokeResult
from infragate.usecases.stack import StackRequest, opened, refuse_errored_state

Phase = Literal["preparing", "ready", "applying", "applied", "done"]
SMOKE_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackRequest:
    """What to take back.

    Attributes:
        stack: under the plan role; apply_stack: under the one that applies, None for a proposal only.
        release: a tag of the modules; revision: a commit whose tfvars are meant. Exactly one of them is given.
        module: one module's pins only.
        reason: why; required in a protected Environment.
        watch: as in ApplyRequest.
    """

    stack: StackRequest
    apply_stack: StackRequest | None
    release: str | None
    revision: str | None
    module: str | None
    reason: str
    watch: Callable[[Plan], Callable[[Event], None]]

    @property
    def target(self) -> str:
        """What it goes back to, as people write it."""
        return self.release or self.revision or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackResult:
    """How far it came.

    Attributes:
        commit, branch: where the change lies; None where nothing had to change or nothing may.
        difference: the commit as a patch.
        record: key in the state bucket of what was rolled back, by whom and why; only with an apply.
    """

    judged: Judged
    commit: str | None
    branch: str | None
    difference: str
    applied: ApplyResult | None
    health: SmokeResult | None
    record: str | None

    @property
    def exit_code(self) -> int:
        """0; 3 or 8 where the judgement says so; 8 where it was applied and is not healthy."""
        if self.health is not None and not self.health.healthy:
            return 8
        return self.judged.exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is known of a rollback between two runs."""

    phase: Phase
    target: str
    module: str | None
    reason: str
    actor: str
    started: str
    branch: str
    commit: str | None


def run(request: RollbackRequest) -> RollbackResult:
    """Look whether it can be done, make and judge the change, then propose it or apply it.

    Raises:
        BadInput: no reason, no such release, no apply to go back from. Locked: somebody applies.
        InfragateError: by what went wrong; the message says whether anything was applied.
    """
    asked = request.stack
    _ask_reason(request)
    refuse_errored_state(asked)
    started = clock.now().isoformat(timespec="seconds")
    _preflight(request)  # before the draft: Terraform may still run in the one of a killed rollback, and holds the lock
    with release_change.draft(asked.root, f"rollback-{asked.environment.name}") as place:
        note = Note(
            phase="preparing",
            target=request.target,
            module=request.module,
            reason=request.reason,
            actor=asked.actor.name,
            started=started,
            branch=branch_name(request),
            commit=None,
        )
        _refuse_foreign_branch(asked, note)
        judged = _prepared(request, place, note)
        commit = git.head_commit(place)
        changed = commit != git.head_commit(asked.root)
        if judged.exit_code or not changed:
            _forget(asked)
            return _result(judged)
        git.set_branch(asked.root, note.branch, commit or "")
        note = replace(note, phase="ready", commit=commit)
        _write(asked, note)
        result = replace(_result(judged), commit=commit, branch=note.branch, difference=git.difference(place, "HEAD"))
        return _applied(request, place, note, result) if request.apply_stack else result


def _prepared(request: RollbackRequest, place: Path, note: Note) -> Judged:
    """The judgement; where there is none, what was known before stays known."""
    before = read_note(request.stack)
    _write(request.stack, note)
    try:
        return _judge(request, place)
    except InfragateError:
        _forget(request.stack)
        if before is not None:
            _write(request.stack, before)
        raise


def _result(judged: Judged) -> RollbackResult:
    return RollbackResult(
        judged=judged, commit=None, branch=None, difference="", applied=None, health=None, record=None
    )


def branch_name(request: RollbackRequest) -> str:
    """The branch that holds the proposal."""
    kind = "rollback" if request.release else "config-rollback"
    parts = [request.stack.environment.name, request.target, *([request.module] if request.module else [])]
    return f"{kind}/{'-'.join(parts)}"


def _ask_reason(request: RollbackRequest) -> None:
    environment = request.stack.environment
    if environment.protected and not request.reason.strip():
        raise BadInput(
            f"{environment.name} is protected: a rollback needs a reason",
            where=environment.name,
            fix='add --reason "what is wrong, and the incident\'s number"',
        )


def _preflight(request: RollbackRequest) -> None:
    """The lock is free, and there is an apply to go back from.

    Raises:
        Locked, BadInput: as said.
    """
    with opened(request.stack) as stack:
        holder = stack.store.lock()
        if holder is not None and request.apply_stack is not None:
            raise locked(holder, where=stack.store.address)
        if not _has_applied(stack.store):
            raise BadInput(
                "no successful apply is on record: there is nothing to go back from",
                where=f"{stack.store.address} and records beside it",
                fix=f"inv plan --env {request.stack.environment.name}",
            )


def _has_applied(store: StateStore) -> bool:
    """Whether the newest records hold a successful apply."""
    return any(store.record(key).get("outcome") == "succeeded" for key in reversed(store.records()[-50:]))


def _judge(request: RollbackRequest, place: Path) -> Judged:
    environment = request.stack.environment.name
    why = f"\n\n{request.reason.strip()}\n" if request.reason.strip() else "\n"
    if request.revision is not None:
        return config_change.judge(
            request.stack, request.revision, place, f"{environment}: configuration of {request.revision}{why}"
        )
    what = f"{request.module} back" if request.module else "modules back"
    wanted = ReleaseRequest(stack=request.stack, tag=request.target, module=request.module, known_only=True)
    return release_change.judge(wanted, place, f"{environment}: {what} to {request.target}{why}")


def _applied(request: RollbackRequest, place: Path, note: Note, result: RollbackResult) -> RollbackResult:
    """Apply the plan that was judged, then ask whether the Environment is healthy."""
    assert request.apply_stack is not None  # noqa: S101 (the caller has looked)
    asked = request.stack
    there = replace(request.apply_stack, root=place)
    _write(asked, replace(note, phase="applying"))
    try:
        done = apply.run(apply.ApplyRequest(stack=there, plan=None, watch=request.watch))
    except InfragateError as failed:
        failed.fix = f"{failed.fix or ''}; then run the same rollback again: it goes on from what was done".lstrip("; ")
        raise
    _write(asked, replace(note, phase="applied"))
    record = _record(there, note, done)
    asked.say("applied; asking whether it is healthy")
    health = smoke.run(smoke.SmokeRequest(stack=asked, wait_seconds=SMOKE_SECONDS))
    _write(asked, replace(note, phase="done"))
    return replace(result, applied=done, health=health, record=record)


def _record(there: StackRequest, note: Note, done: ApplyResult) -> str | None:
    """Who took what back, and why; the apply itself has its own record."""
    document: dict[str, Any] = {"schema_version": 1, "verb": "rollback", **asdict(note), "apply": done.record}
    try:
        with opened(there) as stack:
            return stack.store.put_record("rollback", document, clock.now())
    except InfragateError as failed:
        there.warn(f"the record of this rollback could not be written: {failed.message}")
        return None


def _refuse_foreign_branch(asked: StackRequest, note: Note) -> None:
    """A branch of that name is ours only when our note says so."""
    there = git.branch_commit(asked.root, note.branch)
    known = read_note(asked)
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
    note = read_note(stack)
    if note is None:
        return "there is no rollback to abort"
    again = f"inv rollback --env {stack.environment.name} --to {note.target}"
    if note.phase in ("applying", "applied"):
        raise Blocked(
            f"the rollback to {note.target} has begun to apply: what it did is not undone by forgetting it",
            where=f"{stack.environment.name}, begun {note.started} by {note.actor}",
            fix=f"complete it ({again} --apply), or go forward again (inv plan, inv apply of the main branch)",
        )
    if git.branch_commit(stack.root, note.branch) == note.commit and note.commit:
        git.delete_branch(stack.root, note.branch)
    _forget(stack)
    return f"the rollback to {note.target} is forgotten and its branch removed; nothing had been applied by it"


def _note_file(stack: StackRequest) -> Path:
    return stack.state_folder / "rollback.json"


def read_note(stack: StackRequest) -> Note | None:
    """The note of the last rollback of this Environment in this checkout."""
    text = files.recall(_note_file(stack))
    try:
        return Note(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None


def _write(stack: StackRequest, note: Note) -> None:
    files.write(_note_file(stack), json.dumps(asdict(note), indent=2) + "\n", mode=0o600)


def _forget(stack: StackRequest) -> None:
    _note_file(stack).unlink(missing_ok=True)


def propose(stack: StackRequest, branch: str, title: str, body: str) -> PullRequest:
    """Push the branch and open its pull request.

    Raises:
        BadInput: no token. RemoteFailed: the push or GitHub failed.
    """
    git.push(stack.root, branch)
    where = stack.project.github
    return github.open_pull_request(
        f"{where.owner}/{where.repository}", branch=branch, base=git.current_branch(stack.root), title=title, body=body
    )
