"""`changed`: which Environments and modules a change touches. What it cannot know is an error, never "nothing"."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters import git, git_history
from infragate.adapters.local import environments_file
from infragate.domain.environment import Environment, Project
from infragate.domain.errors import BadInput, InfragateError, Integrity
from infragate.domain.front_doors import touched
from infragate.domain.front_doors.stack_inputs import StackInputs
from infragate.domain.front_doors.touched import Side, TouchReason
from infragate.domain.modules import module_lock
from infragate.domain.modules.module_lock import ModuleLock
from infragate.usecases import stack_reading

_SETTINGS = environments_file.RELATIVE.as_posix()
_REMOTE = "origin/"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRequest:
    """The checkout, and the revision that its commit is to be merged into."""

    root: Path
    base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedResult:
    """What the commits of the checkout change since they left the base.

    Attributes:
        base, head: commit ids.
        environments: those that are touched and have a Stack in the checkout.
        modules: the published modules that are touched and still exist.
        everything: a reason holds for all Environments.
        uncommitted: the number of files with changes that are not committed; they do not count.
    """

    base: str
    head: str
    environments: tuple[str, ...]
    modules: tuple[str, ...]
    reasons: tuple[TouchReason, ...]
    everything: bool
    uncommitted: int


def run(request: ChangedRequest) -> ChangedResult:
    """Compare the checkout's commit with where it left the base.

    Raises:
        BadInput: no such revision, or the clone lacks the history between; with the command that fetches it.
    """
    root = request.root
    head, base, uncommitted = _commits_and_changes(request)
    starts = _starts(request, head, base)
    changes = {start: frozenset(git_history.changed_names(root, start, head)) for start in starts}
    names = {name for changed in changes.values() for name in changed}
    project = _project(root, head)
    lock = _lock(root, head)
    inputs = {environment.name: stack_inputs(root, environment) for environment in project.environments}
    sides = (_side(root, start, changes[start], Side(project=project, lock=lock)) for start in starts)
    reasons = tuple(
        dict.fromkeys(reason for side in sides for reason in touched.reasons(names, side, project, lock, inputs))
    )
    return ChangedResult(
        base=base,
        head=head,
        environments=tuple(
            name
            for name in touched.environments(reasons, project)
            if (root / project.environment(name).directory).is_dir()
        ),
        modules=tuple(name for name in touched.modules(names) if (root / "modules" / name).is_dir()),
        reasons=reasons,
        everything=any(reason.environment is None for reason in reasons),
        uncommitted=uncommitted,
    )


def _commits_and_changes(request: ChangedRequest) -> tuple[str, str, int]:
    """The ids of the checkout's commit and of the base, and how many files are not committed."""
    root, base = request.root, request.base
    if git_history.folder_in_repository(root) != "":
        message = "the checkout is not the top folder of a git repository"
        raise BadInput(message, where=str(root), fix="run it in a clone of the whole repository")
    head, uncommitted = git.head_and_changes(root)
    if head is None:
        raise BadInput("the checkout has no commit", where=str(root), fix="commit first")
    commit = git.revision(root, base)
    if commit is None:
        raise BadInput(f"no such revision: {base}", where=f"--base {base}", fix=_fetch(base))
    return head, commit, len(uncommitted)


def _starts(request: ChangedRequest, head: str, base: str) -> tuple[str, ...]:
    """The commits at which the checkout's commit left the base."""
    starts = git_history.merge_bases(request.root, base, head)
    if not starts or (
        starts != (base,) and any(git_history.is_cut(request.root, (base, head), above=start) for start in starts)
    ):
        shallow = git_history.is_shallow(request.root)
        message = (
            "this clone lacks the history between the checkout and the base, so nobody knows what changed"
            if shallow
            else "the checkout and the base have no common history"
        )
        fix = "git fetch --unshallow origin" if shallow else "name the branch that this one came from"
        raise BadInput(message, where=f"--base {request.base}", fix=fix)
    return starts


def _fetch(base: str) -> str:
    """How to get a revision that this clone does not have."""
    if _COMMIT.fullmatch(base):
        return f"git fetch origin {base}"
    if base.startswith(_REMOTE):
        branch = base.removeprefix(_REMOTE)
        return f"git fetch origin {shlex.quote(f'+refs/heads/{branch}:refs/remotes/{base}')}"
    return "name a revision that this clone has, for example origin/main"


def _project(root: Path, commit: str) -> Project:
    text = git.file_at(root, commit, _SETTINGS)
    if text is None:
        raise BadInput(f"the commit has no {_SETTINGS}", where=commit, fix="commit the file")
    return environments_file.of_text(text, file=_SETTINGS)


def _lock(root: Path, commit: str) -> ModuleLock | None:
    """The pins of a commit; None if they cannot be read."""
    text = git.file_at(root, commit, module_lock.FILE)
    try:
        return module_lock.EMPTY if text is None else module_lock.parse(text)
    except Integrity:
        return None


def _side(root: Path, commit: str, changed: frozenset[str], head: Side) -> Side:
    """A commit's settings and pins; those of the checkout's commit where the same file says it."""
    lock = _lock(root, commit) if module_lock.FILE in changed else head.lock
    if _SETTINGS not in changed:
        return Side(project=head.project, lock=lock)
    try:
        return Side(project=_project(root, commit), lock=lock)
    except BadInput:
        return Side(project=None, lock=lock)


def stack_inputs(root: Path, environment: Environment) -> StackInputs:
    """What a Stack reads. One whose code cannot be followed may read anything, so it counts as touched."""
    try:
        return stack_reading.inputs(root, environment)
    except InfragateError as error:
        problem = f"{error.where}: {error.message}" if error.where else error.message
        return StackInputs(environment=environment.name, directory=environment.directory, problem=problem)
