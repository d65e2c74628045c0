"""Change a Stack to another release of its modules: edit, lock, plan, judge; all in a draft.

The draft is a git worktree of HEAD. The change is committed and judged there; until then neither the files nor the
branches of the checkout change.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.local import change_set, files, locks, own_folder
from infragate.adapters.modules import module_list
from infragate.adapters.process import output
from infragate.adapters.terraform import hcl
from infragate.domain.command import Command
from infragate.domain.errors import BadInput, Integrity, Locked
from infragate.domain.finding import Finding
from infragate.domain.modules import module_interface, module_lock, module_states, pin_change
from infragate.domain.modules.module_interface import ModuleInterface, Move
from infragate.domain.modules.module_lock import FILE, ModuleLock, ModulePin
from infragate.domain.modules.pin_change import Edit, Interfaces, PinEdit
from infragate.domain.modules.pin_target import Kept
from infragate.domain.verdict import Verdict, decide
from infragate.usecases import plan
from infragate.usecases.modules import module_pins, pin_selection, release_findings
from infragate.usecases.modules.pin_selection import PinRequest
from infragate.usecases.plan import PlanResult
from infragate.usecases.session import TRANSCRIPT
from infragate.usecases.stack import ERRORED_STATE, Stack, refuse_errored_state

_HISTORY = 200  # number of commits of the lock file to search for a pin


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequest:
    """Change one Stack to a release.

    Attributes:
        stack: under the plan role.
        known_only: refuse a release that was never in the module lock.
    """

    stack: Stack
    pins: PinRequest
    known_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A change in the draft, its findings and its plan.

    Attributes:
        kept: the selected pins that stay.
        shared_with: other Environments that call a changed local module; they are not planned.
        moves: the inverse moves that were added.
        commit: what the change is committed as in the draft; None if nothing changes.
        plan: None if there are no pins to change, or the code has findings.
    """

    environment: str
    pins: tuple[PinEdit, ...] = ()
    kept: tuple[Kept, ...] = ()
    shared_with: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    findings: tuple[Finding, ...] = ()
    plan: PlanResult | None = None
    commit: str | None = None

    @property
    def verdict(self) -> Verdict:
        return decide(self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A second worktree for a change; `start` is the commit of the checkout, which it begins with."""

    folder: Path
    start: str


def alone(root: Path) -> AbstractContextManager[None]:
    """Allow one change of pins at a time in a checkout.

    Raises:
        Locked: on entering, if another one runs.
    """
    own = own_folder.of(root)
    busy = Locked("another change of pins runs in this checkout", where=str(own), fix="wait until it ends")
    return locks.hold(own / "change.lock", lambda: busy)


def draft_folder(root: Path, name: str) -> Path:
    """The folder of a draft; it need not exist."""
    return own_folder.of(root) / "drafts" / name


def discard(root: Path, name: str) -> None:
    """Remove a draft that a killed run left.

    Raises:
        Locked: the Terraform of that run still runs.
    """
    git.discard(root, _emptied(root, name))


def _emptied(root: Path, name: str) -> Path:
    """The folder of a draft, without what a killed run left beside it; raises as `discard`."""
    place = draft_folder(root, name)
    own = own_folder.path(place)
    if any(output.in_use(transcript) for transcript in own.glob(f"*/*/{TRANSCRIPT}")):
        raise Locked(
            "an apply was killed in this checkout, and its Terraform still runs",
            where=str(place),
            fix="wait for it to end; it saves the state and frees the lock",
        )
    _keep_errored_state(root, place)
    shutil.rmtree(own, ignore_errors=True)
    return place


def _keep_errored_state(root: Path, place: Path) -> None:
    """Move a state that an apply in the draft could not save to the checkout: it is the only record of new resources."""
    for left in list(place.rglob(ERRORED_STATE)):  # environments.yaml may name any folder
        kept = root / left.relative_to(place)
        left.chmod(0o600)
        kept.parent.mkdir(parents=True, exist_ok=True)
        files.move(left, kept if not kept.exists() else kept.with_name(f"{place.name}-{ERRORED_STATE}"))


@contextmanager
def draft(root: Path, name: str, *, before: Callable[[], None] = lambda: None) -> Iterator[Draft]:
    """A draft of the checkout, for one change at a time.

    Args:
        before: called before an older draft is removed; it may raise.

    Raises:
        BadInput: the checkout has uncommitted changes, or no commit. Locked: another change is running.
    """
    with alone(root):
        change_set.recover(root)
        start = _clean_commit(root)
        if start is None:
            raise BadInput("the checkout has no commit", where=str(root), fix="git commit its files")
        before()
        with git.draft(root, _emptied(root, name), commit=start) as place:
            try:
                yield Draft(folder=place, start=start)
            finally:
                _keep_errored_state(root, place)
                shutil.rmtree(own_folder.path(place), ignore_errors=True)


def _clean_commit(root: Path) -> str | None:
    """The commit of a checkout, which must have no other changes."""
    commit, names = git.head_and_changes(root)
    if names:
        message = f"the checkout has changes that are not committed: {', '.join(names[:5])}"
        raise BadInput(message, where=str(root), fix="git commit them, or git stash")
    return commit


def judge(request: ReleaseRequest, place: Path, message: str) -> Judged:
    """Make the change in the draft, commit and plan it there, and collect the findings.

    Args:
        place: folder of the draft.

    Raises:
        BadInput: no such module or tag, or a pin cannot be moved or edited.
        Integrity: the modules do not match the lock, before or after the change.
        InfragateError: Terraform or git failed.
    """
    refuse_errored_state(request.stack)
    stack = replace(request.stack, root=place)
    environment = stack.environment
    selection = pin_selection.select(stack, request.pins)
    pins = selection.pins
    judged = Judged(environment=environment.name, pins=pins, kept=selection.kept)
    if not pins:
        return judged
    stack.say(f"{environment.name}: {len(pins)} pins to {', '.join(sorted({pin.tag for pin in pins}))}")
    lock = module_pins.read(place)
    before = _fetched(stack, lock)
    shared_with = pin_selection.shared_with(stack, pins)
    write_edits(place, [edit for pin in pins for edit in pin.edits])
    new_lock = relocked(stack, lock, (environment.name, *shared_with))
    _refuse_other_content(request, lock, new_lock)
    files.write(place / FILE, new_lock.text())
    interfaces = Interfaces(before=before, after=_interfaces(stack))
    moves = _write_moves(stack, interfaces)
    findings = tuple(release_findings.of_code(stack, selection, interfaces))
    commit = git.commit_all(place, message, author=stack.session.actor.name)
    judged = replace(judged, shared_with=shared_with, moves=moves, findings=findings, commit=commit)
    if findings:
        return judged
    planned = plan.run(plan.PlanRequest(stack=stack))
    return replace(judged, findings=tuple(pin_change.losses(planned.plan)), plan=planned)


def _fetched(stack: Stack, lock: ModuleLock) -> dict[str, ModuleInterface]:
    """The interfaces of the current modules, which must match the lock."""
    module_pins.refuse(module_states.verified(lock, module_pins.fetch(stack), stack.environment.directory))
    return _interfaces(stack)


def relocked(stack: Stack, lock: ModuleLock, environments: Sequence[str]) -> ModuleLock:
    """The lock with the pins of these Environments as they are after the edit."""
    for name in environments:
        other = stack.of(name)
        fetched = {other.environment.directory: module_pins.fetch(other)}
        module_pins.refuse_unlockable(fetched)
        lock = module_lock.with_stack(lock, other.environment.directory, module_lock.of_fetched(fetched))
    return lock


def _interfaces(stack: Stack) -> dict[str, ModuleInterface]:
    folders = module_list.folders(module_pins.data_folder(stack), stack.folder)
    return {key: module_interface.read(hcl.read_folder(folder)) for key, folder in folders.items() if key}


def write_edits(place: Path, edits: Sequence[Edit]) -> None:
    """Write edits to the files of a draft."""
    for name in sorted({edit.path for edit in edits}):
        path = (place / name).resolve()  # a link is kept, and its target is written
        mode = path.stat().st_mode & 0o777
        content = pin_change.edited(path.read_bytes(), [edit for edit in edits if edit.path == name])
        files.write(path, content, mode=mode)


def _refuse_other_content(request: ReleaseRequest, before: ModuleLock, after: ModuleLock) -> None:
    """A release must have the content that it had in the lock, now or in the git history."""
    new = [pin for pin in after.pins if before.pin(pin.source, pin.ref) is None]
    remembered = _remembered(request.stack.root) if new else {}
    for pin in after.pins:
        old = before.pin(pin.source, pin.ref) or remembered.get(pin.key)
        if old is None:
            if request.known_only:
                raise BadInput(
                    f"{pin.ref} of {pin.source} was never locked here, so its content cannot be checked",
                    where=FILE,
                    fix=(
                        "git fetch --unshallow if this is a shallow clone; to use a release for the first time: ",
                        Command("module-downgrade"),
                        " or ",
                        Command("module-upgrade"),
                    ),
                )
        elif not old.has_content_of(pin):
            raise module_lock.moved_tag(old, pin, fix="ask who moved it; do not use this release before you know")


def _remembered(root: Path) -> dict[tuple[str, str], ModulePin]:
    """The newest form of every pin in the lock's history."""
    remembered: dict[tuple[str, str], ModulePin] = {}
    for commit in git.history(root, FILE, limit=_HISTORY):
        text = git.file_at(root, commit, FILE)
        try:
            pins = module_lock.parse(text).pins if text else ()
        except Integrity:
            continue  # that commit had a damaged lock
        for pin in pins:
            remembered.setdefault(pin.key, pin)
    return remembered


def _write_moves(stack: Stack, interfaces: Interfaces) -> tuple[Move, ...]:
    """Update the file of inverse moves; return the new ones."""
    path = stack.folder / pin_change.MOVES_FILE
    present = module_interface.read([hcl.read(path, name=path.name)]).moves if path.exists() else ()
    kept = pin_change.kept_moves(present, interfaces)
    added: tuple[Move, ...] = ()
    if pin_change.has_lost_moves(interfaces):  # otherwise the state need not be read
        addresses = [resource.address for resource in stack.session.store().resources()]
        added = tuple(move for move in pin_change.inverse_moves(interfaces, addresses) if move not in kept)
    if text := pin_change.moves_text([*kept, *added]):
        files.write(path, text)
    else:
        path.unlink(missing_ok=True)
    return added


def refuse_changed_since(root: Path, start: str | None) -> None:
    """Refuse to overwrite edits or commits that were made while the change was judged."""
    if _clean_commit(root) != start:
        raise BadInput(
            "the checkout changed to another commit while the change was judged; nothing was written",
            where=str(root),
            fix="run it again",
        )
