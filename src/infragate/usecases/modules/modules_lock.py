"""`modules-lock`: write `infra/modules.lock` from what the Stacks' module calls resolve to now, or check it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from infragate.adapters.local import change_set, files
from infragate.domain.command import Command
from infragate.domain.errors import Integrity
from infragate.domain.modules import module_lock
from infragate.domain.modules.module_lock import FILE, ModuleLock
from infragate.usecases.modules import module_pins
from infragate.usecases.modules.module_pins import Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulesLockRequest:
    """What to do.

    Attributes:
        check: compare only.
        accept_moved: take a tag that was moved as it is now.
    """

    workshop: Workshop
    check: bool = False
    accept_moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulesLockResult:
    """The lock as it should be, and how the file differed: one line for each pin."""

    lock: ModuleLock
    differences: tuple[str, ...]
    written: bool


def run(request: ModulesLockRequest) -> ModulesLockResult:
    """Fetch the modules of every Stack and write the lock; a second run changes nothing.

    Raises:
        Integrity: a tag was moved since it was locked; with `check`, the file is not what it should be.
        BadInput: a module has no fixed ref. InfragateError: they could not be fetched.
    """
    root = request.workshop.root
    for name in change_set.recover(root):
        request.workshop.say(f"put back what an interrupted change had written: {name}")
    before = module_pins.read(root)
    after = current(request.workshop)
    if not request.accept_moved:
        refuse_moved(before, after)
    differences = tuple(_differences(before, after))
    stale = files.read(root / FILE) != after.text()
    if request.check and stale:
        raise Integrity(
            f"the module lock is not what the code says: {'; '.join(differences) or 'its text differs'}",
            where=FILE,
            fix=(Command("modules-lock"), ", then commit the file"),
        )
    if stale:
        files.write(root / FILE, after.text())
    return ModulesLockResult(lock=after, differences=differences, written=stale)


def current(workshop: Workshop) -> ModuleLock:
    """The lock that the code asks for.

    Raises:
        InfragateError: as `run`.
    """
    stacks = workshop.stacks()
    with ThreadPoolExecutor(max_workers=2) as beside:
        found = list(beside.map(lambda one: module_pins.fetch(workshop, one), stacks))
    fetched = {one.directory: modules for one, modules in zip(stacks, found, strict=True)}
    module_pins.sound(fetched)
    return module_lock.of_fetched(fetched)


def refuse_moved(before: ModuleLock, after: ModuleLock) -> None:
    """A tag that is locked and stands elsewhere now.

    Raises:
        Integrity: naming both commits.
    """
    for pin in after.pins:
        old = before.pin(pin.source, pin.ref)
        if old is not None and (old.commit, old.tree) != (pin.commit, pin.tree):
            raise Integrity(
                f"the tag {pin.ref} was moved: expected commit {old.commit}, found {pin.commit}",
                where=pin.source,
                fix=(
                    "ask who moved it; if it is right: ",
                    Command("modules-lock", ("--accept-moved",)),
                    ", and a review of its diff",
                ),
            )


def _differences(before: ModuleLock, after: ModuleLock) -> Iterator[str]:
    for pin in after.pins:
        old = before.pin(pin.source, pin.ref)
        if old is None:
            yield f"+ {pin.source} {pin.ref} {pin.commit[:12]}"
        elif old != pin:
            yield f"~ {pin.source} {pin.ref} {old.commit[:12]} to {pin.commit[:12]}, used by {', '.join(pin.stacks)}"
    for old in before.pins:
        if after.pin(old.source, old.ref) is None:
            yield f"- {old.source} {old.ref}"
