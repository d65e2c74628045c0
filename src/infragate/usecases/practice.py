"""`sandbox-up --scenario`: a world to practise in: a protected Environment that is applied on the newest release.

For drift all Environments are. The code is a commit on a branch of its own. The first time the Environments are applied,
which takes minutes; then their sandbox is copied to the user's cache, and the next practice starts from the copy.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from infragate.adapters import git
from infragate.adapters.aws import aws_api
from infragate.adapters.local import clock, files
from infragate.adapters.modules import module_releases
from infragate.domain.command import Advice, Command, Say
from infragate.domain.environment import Environment, Project
from infragate.domain.errors import BadInput, RemoteFailed
from infragate.domain.modules import module_lock
from infragate.domain.suggestions import nearest
from infragate.sandbox import instance, seed
from infragate.sandbox.cloud import SandboxCloud
from infragate.sandbox.state_folder import StateFolder
from infragate.usecases import applied_sandbox, hand_changes
from infragate.usecases.applied_sandbox import AppliedRequest
from infragate.usecases.apply import Watch
from infragate.usecases.modules import module_pins, pin_selection, release_change
from infragate.usecases.modules.pin_selection import PinRequest
from infragate.usecases.rollback import rollback_note
from infragate.usecases.stack import ERRORED_STATE, Stack, errored_state

Scenario = Literal["rollback", "drift", "locked", "errored-state"]
MARK = "practice.json"
UNSAVED = "practice-errored.tfstate"  # in the sandbox's folder: a copy of the errored.tfstate that practice has written
HOLDER = {"ID": "541c4367-d18f-b3de-fe36-c9f2eef57e4c", "Who": "practice@sandbox", "Operation": "OperationTypeApply"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeRequest:
    """Which world; `watch` as in ApplyRequest."""

    root: Path
    project: Project
    scenario: Scenario
    say: Say
    warn: Say
    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeResult:
    """The world.

    Attributes:
        environments: those that are applied.
        branch, commit: checked out now.
        from_copy: False if they had to be applied.
        next: the command to practise.
    """

    scenario: Scenario
    environments: tuple[str, ...]
    branch: str
    commit: str
    from_copy: bool
    next: Advice


def scenario(name: str) -> Scenario:
    """The scenario of this name.

    Raises:
        BadInput: there is none.
    """
    known: tuple[Scenario, ...] = get_args(Scenario)
    for candidate in known:
        if candidate == name:
            return candidate
    hint = nearest(name, known)
    fix = f"did you mean --scenario {hint}?" if hint else f"one of: {', '.join(known)}"
    raise BadInput(f"unknown scenario {name[:40]!r}", where="--scenario", fix=fix)


def run(request: PracticeRequest) -> PracticeResult:
    """Put code and sandbox of the checkout into the scenario.

    Raises:
        BadInput: uncommitted changes; or the sandbox holds something that is not practice.
        InfragateError: the Environment cannot be applied.
    """
    practised = _practised(request)
    older = _older_release(request.root)
    _refuse_other_work(request, practised)
    cloud = instance.ensure(request.root, request.project, say=request.say, bare=False)
    branch, applied = f"practice/{request.scenario}", _applied(request, practised)
    commit = _commit(applied, cloud)
    git.switch(request.root, branch, commit)
    copy = applied_sandbox.place(applied, commit)
    from_copy = applied_sandbox.load(applied, copy)
    if not from_copy and (StateFolder.of(request.root).path / MARK).exists():
        instance.down(request.root, wipe=True)  # an earlier practice may have left a lock
    cloud = instance.ensure(request.root, request.project, say=request.say, bare=False)
    _mark(request, practised, branch)  # before it is applied: what an interrupted apply leaves is practice too
    if not from_copy:
        applied_sandbox.apply_once(applied, cloud, copy)
    for environment in practised:
        with applied_sandbox.opened(applied, cloud, environment) as stack:
            _forget_rollback(stack)
            _disturb(request.scenario, cloud, stack)
    return PracticeResult(
        scenario=request.scenario,
        environments=tuple(environment.name for environment in practised),
        branch=branch,
        commit=commit,
        from_copy=from_copy,
        next=_next(request.scenario, practised[-1].name, older),
    )


def _practised(request: PracticeRequest) -> tuple[Environment, ...]:
    """All Environments for drift, else the protected one."""
    every = request.project.environments
    if request.scenario == "drift":
        return every
    return (next((each for each in every if each.protected), every[-1]),)


def _mark(request: PracticeRequest, practised: Sequence[Environment], branch: str) -> None:
    """Record that these Environments are for practice from now on: their resources are nobody's work."""
    for environment in practised:
        (request.root / environment.directory / ERRORED_STATE).unlink(missing_ok=True)
    names = [environment.name for environment in practised]
    mark = {"scenario": request.scenario, "environments": names, "branch": branch}
    files.write(StateFolder.of(request.root).path / MARK, json.dumps(mark) + "\n", mode=0o600)


def _older_release(root: Path) -> str:
    releases = module_releases.series(root)
    if len(releases) < 2:
        raise BadInput(
            "a practice world needs two releases of the modules",
            where=str(root / module_releases.SERIES),
            fix="practise in a checkout of the repository that publishes the modules",
        )
    return releases[-2].tag


def _refuse_other_work(request: PracticeRequest, practised: Sequence[Environment]) -> None:
    _refuse_rollback_branch(request.root)
    for environment in practised:
        _refuse_real_state(request.root, environment)
    _refuse_own_sandbox(request, practised)


def _refuse_rollback_branch(root: Path) -> None:
    """Such a branch has inverse moves, which the newest release would move back."""
    branch = git.current_branch(root) or ""
    if branch.startswith(("rollback/", "config-rollback/")):
        raise BadInput(
            f"the checkout is on {branch}: a practice world starts from your main branch",
            where=str(root),
            fix="git switch main, then run it again",
        )


def _refuse_real_state(root: Path, environment: Environment) -> None:
    """An errored.tfstate that practice has not written is the only record of resources: it is not replaced."""
    path = root / environment.directory / ERRORED_STATE
    if path.is_file() and files.read(path) == files.read(StateFolder.of(root).path / UNSAVED):
        return
    if (error := errored_state(root, environment)) is not None:
        raise error


def _refuse_own_sandbox(request: PracticeRequest, practised: Sequence[Environment]) -> None:
    """Keep what the user has applied: a practice world replaces the whole sandbox."""
    folder = StateFolder.of(request.root)
    if not folder.snapshot.exists():
        return
    cloud = instance.ensure(request.root, request.project, say=request.say, bare=None)
    applied, earlier = [], _earlier(folder, practised)
    for environment in request.project.environments:
        if environment.name in earlier:
            continue
        with applied_sandbox.opened(_applied(request, practised), cloud, environment) as stack:
            try:
                applied += [environment.name] if stack.session.store().resources() else []
            except RemoteFailed:
                if not seed.is_bare(folder):  # else there may be no bucket and no role yet: nothing can be applied
                    raise
    if applied:
        raise BadInput(
            f"the sandbox of this checkout holds {', '.join(applied)}; a practice world would replace it",
            where=str(folder.path),
            fix=(Command("sandbox-down", ("--wipe",)), " if it is no longer needed; or practise in another clone"),
        )


def _earlier(folder: StateFolder, practised: Sequence[Environment]) -> frozenset[str]:
    """The Environments of an earlier practice: their resources are nobody's work."""
    text = files.read(folder.path / MARK)
    if text is None:
        return frozenset()
    return frozenset(json.loads(text).get("environments") or [environment.name for environment in practised])


def _applied(request: PracticeRequest, practised: Sequence[Environment]) -> AppliedRequest:
    return AppliedRequest(
        root=request.root,
        project=request.project,
        environments=tuple(practised),
        say=request.say,
        warn=request.warn,
        watch=request.watch,
    )


def _commit(applied: AppliedRequest, cloud: SandboxCloud) -> str:
    """A commit with all pins of the Environments at the newest release, and the lock for them."""
    names = [environment.name for environment in applied.environments]
    with release_change.draft(applied.root, "practice") as draft:
        place = draft.folder
        changed = []
        for environment in applied.environments:
            with applied_sandbox.opened(applied, cloud, environment) as stack:
                changed.append(_pinned(replace(stack, root=place)))
        if not any(changed):
            return draft.start
        return git.commit_all(place, f"practice: {', '.join(names)} on the newest release", author="practice")


def _pinned(drafted: Stack) -> bool:
    """Write the newest release into a draft; False if it has no other one."""
    place = drafted.root
    selection = pin_selection.select(drafted, PinRequest(release="latest", module=None, direction="upgrade"))
    if selection.pins:
        release_change.write_edits(place, [edit for pin in selection.pins for edit in pin.edits])
        lock = release_change.relocked(drafted, module_pins.read(place), (drafted.environment.name,))
        files.write(place / module_lock.FILE, lock.text())
    return bool(selection.pins)


def _forget_rollback(stack: Stack) -> None:
    """The rollback of an earlier practice is over."""
    note = rollback_note.read(stack)
    if note is not None:
        if note.commit in git.refs(stack.root, f"refs/heads/{note.branch}").values():
            git.delete_branch(stack.root, note.branch)
        rollback_note.forget(stack)


def _disturb(scenario: Scenario, cloud: SandboxCloud, stack: Stack) -> None:
    """What makes the scenario of the healthy world."""
    if scenario == "drift":
        hand_changes.make(stack, cloud.administrator(stack.environment.account_id))
    elif scenario == "locked":
        _lock(cloud, stack.environment)
    elif scenario == "errored-state":
        document = stack.session.store().document()
        document["serial"] += 1
        text = json.dumps(document, indent=2) + "\n"
        files.write(StateFolder.of(stack.root).path / UNSAVED, text, mode=0o600)
        files.write(stack.folder / ERRORED_STATE, text, mode=0o600)


def _lock(cloud: SandboxCloud, environment: Environment) -> None:
    """The state lock of an apply that died."""
    state = environment.state
    keys = cloud.administrator(state.account_id)
    table = aws_api.client("dynamodb", cloud=cloud, region=state.region, credentials=keys)
    holder = {**HOLDER, "Created": f"{clock.now():%Y-%m-%d %H:%M:%S.%f} +0000 UTC"}
    item = {"LockID": {"S": f"{state.bucket}/{environment.state_key}"}, "Info": {"S": json.dumps(holder)}}
    with aws_api.reported("lock the state"):
        table.put_item(TableName=state.lock_table, Item=item)


def _next(scenario: Scenario, environment: str, older: str) -> Advice:
    if scenario == "rollback":
        return Command("rollback", ("--to", older), env=environment, sandbox=True), "; runbooks/rollback.md"
    if scenario == "drift":
        return Command("drift", sandbox=True), " finds what was changed by hand; runbooks/drift-found.md"
    page = "locked state" if scenario == "locked" else ERRORED_STATE
    return Command("doctor", env=environment, sandbox=True), f"; docs/operations.md, '{page}'"
