"""`modules-lock`: write `infra/modules.lock` from the current commits of all module calls, or check it.

So with `policy/policies.lock`, from the sets of policies that `policy/gate.yaml` takes from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import change_set, files
from infragate.domain.command import Command, Say
from infragate.domain.errors import Integrity
from infragate.domain.modules import module_lock
from infragate.domain.modules.module_lock import FILE, ModuleLock, ModulePin
from infragate.usecases.gate import policy_sets
from infragate.usecases.gate.policy_sets import PolicyLockRequest, PolicyLockResult
from infragate.usecases.modules import module_pins
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulesLockRequest:
    """Write or check the lock.

    Attributes:
        stacks: all that are in the checkout; None leaves the lock of the modules as it is.
        check: only compare.
        accept_moved: lock the current commits of moved tags.
    """

    root: Path
    stacks: tuple[Stack, ...] | None
    say: Say
    check: bool = False
    accept_moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulesLockResult:
    """The lock for the code, and its differences from the file, one line per pin."""

    lock: ModuleLock
    differences: tuple[str, ...]
    written: bool
    policies: PolicyLockResult


def run(request: ModulesLockRequest) -> ModulesLockResult:
    """Fetch what is pinned, and write the locks; a second run changes nothing.

    Raises:
        Integrity: a tag was moved since it was locked; or with `check`, the file differs.
        BadInput: a module has no fixed ref. InfragateError: the modules cannot be fetched.
    """
    for name in change_set.recover(request.root):
        request.say(f"restored a file of an interrupted change: {name}")
    before = module_pins.read_any(request.root)
    after = before if request.stacks is None else _present(request.stacks)
    differences, written = ((), False) if request.stacks is None else _write(request, before, after)
    policies = policy_sets.write_lock(
        PolicyLockRequest(root=request.root, say=request.say, check=request.check, accept_moved=request.accept_moved)
    )
    return ModulesLockResult(lock=after, differences=differences, written=written, policies=policies)


def _write(request: ModulesLockRequest, before: ModuleLock, after: ModuleLock) -> tuple[tuple[str, ...], bool]:
    """The differences, and whether the file was written."""
    root = request.root
    if not request.accept_moved:
        _refuse_moved(before, after)
    differences = tuple(_differences(before, after))
    stale = files.read(root / FILE) != after.text()
    if request.check and stale:
        raise Integrity(
            f"the module lock does not match the code: {'; '.join(differences) or 'its text differs'}",
            where=FILE,
            fix=(Command("modules-lock"), ", then commit the file"),
        )
    if stale:
        files.write(root / FILE, after.text())
    return differences, stale


def _present(stacks: Sequence[Stack]) -> ModuleLock:
    """The lock for the code."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        modules = pool.map(module_pins.fetch, stacks)
        fetched = dict(zip((stack.environment.directory for stack in stacks), modules, strict=True))
    module_pins.refuse_unlockable(fetched)
    return module_lock.of_fetched(fetched)


def _refuse_moved(before: ModuleLock, after: ModuleLock) -> None:
    for pin in after.pins:
        old = before.pin(pin.source, pin.ref)
        if old is not None and not old.has_content_of(pin):
            raise module_lock.moved_tag(old, pin, fix=module_lock.ACCEPT_MOVED)


def _differences(before: ModuleLock, after: ModuleLock) -> Iterator[str]:
    if before.version != after.version:
        yield f"format {before.version} to {after.version}: files whose names begin with a dot are content now"
    for pin in after.pins:
        old = before.pin(pin.source, pin.ref)
        if old is None:
            yield f"+ {pin.source} {pin.ref} {_short(pin)}"
        elif old.stacks != pin.stacks or not old.has_content_of(pin):
            yield f"~ {pin.source} {pin.ref} {_short(old)} to {_short(pin)}, used by {', '.join(pin.stacks)}"
    for old in before.pins:
        if after.pin(old.source, old.ref) is None:
            yield f"- {old.source} {old.ref}"


def _short(pin: ModulePin) -> str:
    """Its commit; for a registry module its digest."""
    return (pin.commit or (pin.tree or "").removeprefix("sha256:"))[:12]
