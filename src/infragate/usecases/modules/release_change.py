"""Taking a Stack to another release of its modules: edit, lock, plan, judge; in a draft beside the checkout.

The draft is a worktree of HEAD. What is judged is a commit in it, and until it is judged nothing of the checkout is
touched: neither its files nor its branches.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.local import change_set, files, locks, own_folder
from infragate.adapters.modules import module_calls, module_checkouts, module_code
from infragate.adapters.terraform import hcl
from infragate.domain.command import Command
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput, Integrity, Locked
from infragate.domain.finding import Finding
from infragate.domain.modules import module_interface, module_lock, pin_change
from infragate.domain.modules.module_interface import ModuleInterface, Move
from infragate.domain.modules.module_lock import FILE, ModuleLock
from infragate.domain.modules.pin_change import Edit, Interfaces, PinEdit
from infragate.domain.verdict import Verdict, decide
from infragate.usecases import plan
from infragate.usecases.modules import module_pins, pin_selection, release_findings
from infragate.usecases.modules.module_pins import Workshop
from infragate.usecases.plan import PlanResult
from infragate.usecases.stack import ERRORED_STATE, Stack, refuse_errored_state

_HISTORY = 200  # commits of the lock file that are searched for a release


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequest:
    """What to take where.

    Attributes:
        stack: under the plan role.
        module: a call's name, or a module's; None for all calls of git modules.
        known_only: refuse a release that the module lock has never held.
    """

    stack: Stack
    tag: str
    module: str | None = None
    known_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A change that was made in the draft, and what it would do.

    Attributes:
        moves: the inverse moves that were added; findings: what stands in the way, if anything.
        plan: None where it could not be made because of the findings.
    """

    environment: str
    pins: tuple[PinEdit, ...] = ()
    moves: tuple[Move, ...] = ()
    findings: tuple[Finding, ...] = ()
    plan: PlanResult | None = None

    @property
    def verdict(self) -> Verdict:
        """Allows it when nothing stands in the way."""
        return decide(self.findings)


def alone(root: Path) -> contextlib.AbstractContextManager[None]:
    """One change of pins at a time in a checkout.

    Raises:
        Locked: another one is under way.
    """
    own_folder.refuse_committed(root)
    own = own_folder.of(root)

    def busy() -> Locked:
        return Locked("another change of pins runs in this checkout", where=str(own), fix="wait until it ends")

    return locks.hold(own / "change.lock", busy)


def _place(root: Path, name: str) -> Path:
    return own_folder.of(root) / "drafts" / name


def discard(root: Path, name: str) -> None:
    """Remove the draft that a killed run has left."""
    place = _place(root, name)
    _keep_errored_state(root, place)
    git.discard(root, place)


def _keep_errored_state(root: Path, place: Path) -> None:
    """A state that an apply in the draft could not save is the only record of what it made: it outlives the draft."""
    for left in list(place.rglob(ERRORED_STATE)):  # a Stack's folder is what environments.yaml says
        kept = root / left.relative_to(place)
        left.chmod(0o600)
        kept.parent.mkdir(parents=True, exist_ok=True)
        left.replace(kept if not kept.exists() else kept.with_name(f"{place.name}-{ERRORED_STATE}"))


@contextmanager
def draft(root: Path, name: str, *, before: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """A draft of the checkout, for one change at a time.

    Args:
        before: asked before an older draft is removed; raises where there must be none.

    Raises:
        BadInput: the checkout has changes that are not committed, or no commit. Locked: another change is under way.
    """
    with alone(root):
        change_set.recover(root)
        _refuse_uncommitted(root)
        if git.head_commit(root) is None:
            raise BadInput("there is no commit to start from", where=str(root), fix="git commit what is there")
        before()
        discard(root, name)
        with git.draft(root, _place(root, name)) as place:
            try:
                yield place
            finally:
                _keep_errored_state(root, place)


def _refuse_uncommitted(root: Path) -> None:
    left = git.uncommitted(root)
    if left:
        raise BadInput(
            f"the checkout has changes that are not committed: {', '.join(left[:5])}",
            where=str(root),
            fix="git commit them, or git stash",
        )


def judge(
    request: ReleaseRequest, place: Path, message: str, *, accept: Callable[[tuple[PinEdit, ...]], None] | None = None
) -> Judged:
    """Make the change in the draft, commit it there, plan it, and say what stands in the way.

    Args:
        accept: looks at the pins before anything is done, and raises where they are not what was meant.

    Raises:
        BadInput: no such module or tag, or a source that cannot be edited.
        Integrity: the modules are not what the lock says, before or after.
        InfragateError: by what Terraform or git say.
    """
    refuse_errored_state(request.stack)
    stack = replace(request.stack, root=place)
    environment, session, say = stack.environment, stack.session, stack.say
    workshop = Workshop(root=place, project=session.project, cloud=session.cloud, say=say)
    calls = module_calls.read(stack.folder, relative_to=place)
    pins = pin_selection.edits(stack, request.tag, request.module, calls)
    if not pins:
        return Judged(environment=environment.name)
    if accept is not None:
        accept(pins)
    say(f"{environment.name}: {len(pins)} pins to {request.tag}")
    lock = module_pins.read(place)
    before = _fetched(workshop, environment, lock)
    _write(place, [edit for pin in pins for edit in pin.edits])
    after, new_lock = _refetched(workshop, environment, lock)
    _refuse_other_content(request, lock, new_lock)
    files.write(place / FILE, new_lock.text())
    interfaces = Interfaces(before=before, after=after)
    moves = _write_moves(stack, interfaces)
    findings = tuple(release_findings.of_code(stack, request.tag, pins, interfaces))
    git.commit_all(place, message, author=session.actor.name)
    judged = Judged(environment=environment.name, pins=pins, moves=moves, findings=findings)
    if findings:
        return judged
    planned = plan.run(plan.PlanRequest(stack=stack))
    return replace(judged, findings=tuple(pin_change.losses(planned.plan)), plan=planned)


def _fetched(workshop: Workshop, environment: Environment, lock: ModuleLock) -> dict[str, ModuleInterface]:
    """The interfaces of what is pinned now; it must be what the lock says."""
    fetched = module_pins.fetch(workshop, environment)
    module_pins.refuse(module_lock.verified(lock, fetched, environment.directory))
    return _interfaces(workshop, environment)


def _refetched(
    workshop: Workshop, environment: Environment, lock: ModuleLock
) -> tuple[dict[str, ModuleInterface], ModuleLock]:
    """The interfaces of what is pinned after the edit, and the lock with it."""
    stack = environment.directory
    fetched = {stack: module_pins.fetch(workshop, environment)}
    module_pins.sound(fetched)
    return _interfaces(workshop, environment), module_lock.with_stack(lock, stack, module_lock.of_fetched(fetched))


def _interfaces(workshop: Workshop, environment: Environment) -> dict[str, ModuleInterface]:
    folders = module_checkouts.folders(workshop.data_folder(environment), workshop.root / environment.directory)
    return {key: module_code.interface(folder) for key, folder in folders.items() if key}


def _write(place: Path, edits: Sequence[Edit]) -> None:
    for name in sorted({edit.path for edit in edits}):
        path = (place / name).resolve()  # a link stays one, and shows the change
        mode = path.stat().st_mode & 0o777
        mine = [edit for edit in edits if edit.path == name]
        files.write(path, pin_change.edited(path.read_bytes(), mine), mode=mode)


def _refuse_other_content(request: ReleaseRequest, before: ModuleLock, after: ModuleLock) -> None:
    """A release must be what it was when it was locked: now, or at any time that git still remembers."""
    new = [pin for pin in after.pins if before.pin(pin.source, pin.ref) is None]
    remembered = _remembered(request.stack.root) if new else {}
    for pin in after.pins:
        old = before.pin(pin.source, pin.ref) or remembered.get(pin.key)
        if old is None:
            if request.known_only:
                raise BadInput(
                    f"{pin.ref} of {pin.source} was never locked here: nobody can say that it is what it was",
                    where=FILE,
                    fix=(
                        "git fetch --unshallow if the history is cut off; to use a release for the first time: ",
                        Command("module-downgrade"),
                        " or ",
                        Command("module-upgrade"),
                    ),
                )
        elif (old.commit, old.tree) != (pin.commit, pin.tree):
            raise Integrity(
                f"the tag {pin.ref} was moved: expected commit {old.commit}, found {pin.commit}",
                where=pin.source,
                fix="ask who moved it; do not use this release before you know",
            )


def _remembered(root: Path) -> dict[tuple[str, str], module_lock.ModulePin]:
    """Every pin that the lock has held, as it was last."""
    found: dict[tuple[str, str], module_lock.ModulePin] = {}
    for commit in git.history(root, FILE, limit=_HISTORY):
        text = git.file_at(root, commit, FILE)
        try:
            pins = module_lock.parse(text).pins if text else ()
        except Integrity:
            continue  # a commit that had a damaged lock says nothing
        for pin in pins:
            found.setdefault(pin.key, pin)
    return found


def _write_moves(stack: Stack, interfaces: Interfaces) -> tuple[Move, ...]:
    """Bring the file of inverse moves up to date; the moves that are new in it."""
    path = stack.folder / pin_change.MOVES_FILE
    present = module_interface.read([hcl.read(path, name=path.name)]).moves if path.exists() else ()
    kept = pin_change.kept_moves(present, interfaces)
    needed = any(
        move not in _after(interfaces, key).moves for key, one in interfaces.before.items() for move in one.moves
    )
    wanted = (
        pin_change.inverse_moves(interfaces, [one.address for one in stack.session.store().resources()])
        if needed
        else ()
    )
    added = tuple(move for move in wanted if move not in kept)
    text = pin_change.moves_text([*kept, *added])
    if text:
        files.write(path, text)
    else:
        path.unlink(missing_ok=True)
    return added


def _after(interfaces: Interfaces, key: str) -> ModuleInterface:
    return interfaces.after.get(key) or module_interface.read(())


def refuse_changed_since(root: Path, start: str | None) -> None:
    """What was judged was made of one commit: somebody's edits or pull in the meantime are not written over.

    Raises:
        BadInput: the checkout stands elsewhere, or has changes.
    """
    _refuse_uncommitted(root)
    if git.head_commit(root) != start:
        raise BadInput(
            "the checkout has moved to another commit while the change was judged; nothing was written",
            where=str(root),
            fix="run it again",
        )
