"""What became of each module call and each pin of a Stack, compared with the module lock."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from infragate.domain.command import Advice, Command
from infragate.domain.finding import Finding, place
from infragate.domain.modules.module_lock import ACCEPT_MOVED, CANNOT_BE_LOCKED, FILE, Fetched, ModuleLock, ModulePin

PinStatus = Literal["ok", "moved", "tampered", "unlocked", "missing", "unpinned", "local"]
SOURCE = "module-lock"
PIN_A_RELEASE = 'pin a release: ?ref=vX.Y.Z, or version = "X.Y.Z" for a registry module'


@dataclass(frozen=True, slots=True, kw_only=True)
class PinState:
    """The result of checking one module call, or one pin without a call (`module` is "" then).

    Attributes:
        where: file:line of the call in the checkout; "" without a call.
        commit, tree: as fetched.
        expected_commit, expected_tree: as locked.
        detail: one sentence; "" if the state is "ok".
    """

    module: str = ""
    where: str = ""
    source: str
    ref: str | None
    commit: str | None = None
    tree: str | None = None
    expected_commit: str | None = None
    expected_tree: str | None = None
    state: PinStatus
    detail: str

    @property
    def message(self) -> str:
        """The detail; if the commit is another one, also both commits."""
        if (
            self.expected_commit == self.commit
            or self.expected_commit is None
            or self.state not in ("moved", "tampered")
        ):
            return self.detail
        return f"{self.detail}; expected commit {self.expected_commit}, found {self.commit or 'none'}"


def verified(lock: ModuleLock, fetched: Iterable[Fetched], stack: str) -> tuple[PinState, ...]:
    """The state of every fetched module of a Stack, and of every pin that the Stack no longer uses.

    A pin whose module is now called without a fixed ref is not listed: the lock can only follow once the call is pinned.
    """
    states = [_state(lock, module, stack) for module in fetched]
    used = {(state.source, state.ref) for state in states}
    unpinned = {state.source for state in states if state.state == "unpinned"}
    unused = (pin for pin in lock.of_stack(stack) if pin.key not in used and pin.source not in unpinned)
    return (*states, *(_unused(pin, stack) for pin in unused))


def _state(lock: ModuleLock, module: Fetched, stack: str) -> PinState:
    source = module.source
    pin = lock.pin(source.address, module.ref) if module.ref else None
    state, detail = _judged(module, pin if pin and stack in pin.stacks else None)
    return PinState(
        module=module.module,
        where=module.where,
        source=source.address,
        ref=module.ref,
        commit=module.commit,
        tree=module.tree,
        expected_commit=pin.commit if pin else None,
        expected_tree=pin.tree if pin else None,
        state=state,
        detail=detail,
    )


def _judged(module: Fetched, pin: ModulePin | None) -> tuple[PinStatus, str]:
    kind, at = module.source.kind, f"module {module.module} ({module.source.name} at {module.ref})"
    if kind == "local":
        return kind, "part of the checkout"
    if kind == "other":
        return "unpinned", f"module {module.module}: {module.source.address} {CANNOT_BE_LOCKED}"
    if module.unpinned:
        return "unpinned", module.unpinned
    if module.problem:
        return "tampered", f"{at}: {module.problem}"
    if pin is None:
        return "unlocked", f"{at} is not in {FILE} for this Stack"
    if module.commit and pin.commit and module.commit != pin.commit:
        return "moved", f"{at} was {pin.commit[:12]} and is now {module.commit[:12]}: the tag was moved"
    if module.tree != pin.tree:
        return (
            "tampered",
            f"{at}: its files differ from {f'commit {pin.commit[:12]}' if pin.commit else 'the locked ones'}",
        )
    return "ok", ""


def _unused(pin: ModulePin, stack: str) -> PinState:
    return PinState(
        source=pin.source,
        ref=pin.ref,
        expected_commit=pin.commit,
        expected_tree=pin.tree,
        state="missing",
        detail=f"{FILE} has {pin.source} at {pin.ref} for {stack}, but no module call uses it",
    )


# In order of severity; the other states are fine.
_FIXES: dict[PinStatus, Advice] = {
    "moved": ACCEPT_MOVED,
    "tampered": "fetch the modules again",
    "unpinned": PIN_A_RELEASE,
    "unlocked": (Command("modules-lock"), f", then commit {FILE}"),
    "missing": (Command("modules-lock"), f", then commit {FILE}"),
}


def findings(states: Iterable[PinState], fetched_into: str = "") -> tuple[Finding, ...]:
    """What is wrong with the modules, the worst first.

    Args:
        fetched_into: folder of the fetched modules.
    """
    order = list(_FIXES)
    wrong = sorted((state for state in states if state.state in _FIXES), key=lambda state: order.index(state.state))
    fixes = {**_FIXES, "tampered": f"rm -r {shlex.quote(fetched_into)}, then plan again"} if fetched_into else _FIXES
    return tuple(
        Finding(
            id=f"{SOURCE}/{state.state}",
            source=SOURCE,
            message=state.message,
            address=f"module {state.module}: {state.source}" if state.module else state.source,
            file=place(state.where)[0] if state.where else None,
            line=place(state.where)[1] if state.where else None,
            link="docs/module-lock.md",
            fix=fixes[state.state],
        )
        for state in wrong
    )
