"""`infra/modules.lock`: the commit and the content digest of each pinned module of every Stack, and their check.

A tag can be moved, and Terraform does not record its commit (its own lock file holds providers only).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from infragate.domain.command import Advice, Command
from infragate.domain.errors import Integrity
from infragate.domain.finding import Finding
from infragate.domain.modules.module_source import ModuleSource

SCHEMA_VERSION = 1
FILE = "infra/modules.lock"
PinStatus = Literal["ok", "moved", "tampered", "unlocked", "missing", "unpinned", "registry", "local"]
SOURCE = "module-lock"
ACCEPT_MOVED: Advice = (
    "ask who moved the tag; if the move is right: ",
    Command("modules-lock", ("--accept-moved",)),
    ", and have its diff reviewed",
)
_COMMIT = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")
_TREE = re.compile(r"^sha256:[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ModulePin:
    """One module at one ref.

    Attributes:
        source: `https://host/repo.git//folder`.
        commit: the commit of the ref when it was locked.
        tree: `sha256:` digest of the fetched files (names, kinds, executable bits, links, contents).
        stacks: folders of the Stacks that use it, sorted.
    """

    source: str
    ref: str
    commit: str
    tree: str
    stacks: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.ref

    @property
    def content(self) -> tuple[str, str]:
        return self.commit, self.tree


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleLock:
    pins: tuple[ModulePin, ...]

    def pin(self, source: str, ref: str) -> ModulePin | None:
        return next((pin for pin in self.pins if pin.key == (source, ref)), None)

    def of_stack(self, stack: str) -> tuple[ModulePin, ...]:
        return tuple(pin for pin in self.pins if stack in pin.stacks)

    def text(self) -> str:
        """The text of the file: one value per line, so that a diff shows what changed."""
        pins = [asdict(pin) for pin in sorted(self.pins)]
        return json.dumps({"schema_version": SCHEMA_VERSION, "pins": pins}, indent=2, ensure_ascii=False) + "\n"


EMPTY = ModuleLock(pins=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One module call as `terraform init` resolved it.

    Attributes:
        module: the names of nested calls, joined by dots.
        commit, tree: None if the module is not from git.
        problem: why the content cannot be trusted, or None.
        unpinned: why the ref may name another commit later, or None.
    """

    module: str
    source: ModuleSource
    commit: str | None
    tree: str | None
    problem: str | None = None
    unpinned: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinState:
    """The result of checking one module call, or one pin without a call (`module` is "" then).

    Attributes:
        commit, tree: as fetched.
        expected_commit, expected_tree: as locked.
        detail: one sentence; "" if the state is "ok".
    """

    module: str = ""
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
        """The detail; if the module was moved or tampered with, also both commits."""
        if self.state not in ("moved", "tampered") or self.expected_commit is None:
            return self.detail
        return f"{self.detail}; expected commit {self.expected_commit}, found {self.commit or 'none'}"


def parse(text: str) -> ModuleLock:
    """Read the text of the lock file.

    Raises:
        Integrity: the file is damaged, merged badly, or has an unknown schema_version.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as broken:
        raise _damaged(f"not JSON: {broken}") from None
    if not isinstance(document, dict) or not isinstance(document.get("pins"), list):
        raise _damaged("it has no list 'pins'")
    if document.get("schema_version") != SCHEMA_VERSION:
        raise _damaged(f"schema_version is {document.get('schema_version')!r}, expected {SCHEMA_VERSION}")
    pins = tuple(_pin(entry, f"pins[{index}]") for index, entry in enumerate(document["pins"]))
    keys = [pin.key for pin in pins]
    repeated = next((key for key in keys if keys.count(key) > 1), None)
    if repeated:
        raise _damaged(f"{repeated[0]} at {repeated[1]} is repeated")
    return ModuleLock(pins=tuple(sorted(pins)))


def _pin(entry: Any, place: str) -> ModulePin:
    fields = ("source", "ref", "commit", "tree")
    if not isinstance(entry, dict) or set(entry) != {*fields, "stacks"}:
        raise _damaged(f"{place} must have the fields {', '.join(fields)}, stacks")
    if not all(isinstance(entry[name], str) and entry[name] for name in fields):
        raise _damaged(f"{place} has an empty field")
    if not _COMMIT.match(entry["commit"]) or not _TREE.match(entry["tree"]):
        raise _damaged(f"{place} needs a full commit id, and a tree of the form sha256:...")
    stacks = entry["stacks"]
    if not isinstance(stacks, list) or not stacks or not all(isinstance(stack, str) and stack for stack in stacks):
        raise _damaged(f"{place} names no stacks")
    return ModulePin(**{name: entry[name] for name in fields}, stacks=tuple(sorted(stacks)))


def _damaged(why: str) -> Integrity:
    return Integrity(
        f"the module lock is damaged: {why}",
        where=FILE,
        fix=(f"git checkout -- {FILE}; or remove it, run ", Command("modules-lock"), ", and review git diff"),
    )


def of_fetched(fetched: Mapping[str, Iterable[Fetched]]) -> ModuleLock:
    """The lock for what was fetched for each Stack; the caller has refused modules that cannot be locked.

    Raises:
        Integrity: one ref had two contents, as when a tag is moved between two fetches.
    """
    pins = [
        ModulePin(source=source.address, ref=source.ref, commit=module.commit, tree=module.tree, stacks=(stack,))
        for stack, modules in fetched.items()
        for module in modules
        if (source := module.source).kind == "git" and source.ref and module.commit and module.tree
    ]
    lock = _merged(pins)
    for pin in pins:
        merged = lock.pin(*pin.key) or pin
        if merged.content != pin.content:
            raise Integrity(
                f"{pin.ref} had two contents in one run: {' with '.join(pin.content)}, {' with '.join(merged.content)}",
                where=pin.source,
                fix=("ask who moves that tag, then fetch again: ", Command("modules-lock")),
            )
    return lock


def with_stack(lock: ModuleLock, stack: str, new: ModuleLock) -> ModuleLock:
    """The lock with the pins of one Stack replaced by those of `new`; other Stacks keep theirs."""
    others = [replace(pin, stacks=tuple(name for name in pin.stacks if name != stack)) for pin in lock.pins]
    return _merged([*(pin for pin in others if pin.stacks), *new.pins])


def _merged(pins: Iterable[ModulePin]) -> ModuleLock:
    """One pin per key, used by the Stacks of all; the last one's content counts."""
    merged: dict[tuple[str, str], ModulePin] = {}
    for pin in pins:
        stacks = merged.get(pin.key, pin).stacks
        merged[pin.key] = replace(pin, stacks=tuple(sorted({*stacks, *pin.stacks})))
    return ModuleLock(pins=tuple(sorted(merged.values())))


def moved_tag(old: ModulePin, new: ModulePin, *, fix: Advice) -> Integrity:
    """The error for a tag whose locked content differs from the fetched one."""
    return Integrity(
        f"the tag {new.ref} was moved: expected commit {old.commit}, found {new.commit}", where=new.source, fix=fix
    )


def verified(lock: ModuleLock, fetched: Iterable[Fetched], stack: str) -> tuple[PinState, ...]:
    """The state of every fetched module of a Stack, and of every pin that the Stack no longer uses."""
    states = [_state(lock, module, stack) for module in fetched]
    used = {(state.source, state.ref) for state in states}
    return (*states, *(_unused(pin, stack) for pin in lock.of_stack(stack) if pin.key not in used))


def _state(lock: ModuleLock, module: Fetched, stack: str) -> PinState:
    source = module.source
    pin = lock.pin(source.address, source.ref) if source.ref else None
    state, detail = _judged(module, pin if pin and stack in pin.stacks else None)
    return PinState(
        module=module.module,
        source=source.address,
        ref=source.ref,
        commit=module.commit,
        tree=module.tree,
        expected_commit=pin.commit if pin else None,
        expected_tree=pin.tree if pin else None,
        state=state,
        detail=detail,
    )


def _judged(module: Fetched, pin: ModulePin | None) -> tuple[PinStatus, str]:
    kind, at = module.source.kind, f"{module.source.name} at {module.source.ref}"
    if kind == "local":
        return kind, "part of the checkout"
    if kind == "registry":
        return kind, "from a registry; its version is the pin"
    if kind == "other":
        return "unpinned", f"{module.source.address} is not a git repository: its content cannot be pinned"
    if module.unpinned:
        return "unpinned", module.unpinned
    if module.problem:
        return "tampered", module.problem
    if pin is None:
        return "unlocked", f"{at} is not in {FILE} for this Stack"
    if module.commit and module.commit != pin.commit:
        return "moved", f"{at} was {pin.commit[:12]} and is now {module.commit[:12]}: the tag was moved"
    if module.tree != pin.tree:
        return "tampered", f"{at}: its files differ from commit {pin.commit[:12]}"
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
    "unlocked": (Command("modules-lock"), f", then commit {FILE}"),
    "missing": (Command("modules-lock"), f", then commit {FILE}"),
    "unpinned": "pin a release: ?ref=vX.Y.Z",
}


def findings(states: Iterable[PinState], fetched_into: str = "") -> tuple[Finding, ...]:
    """What is wrong with the modules, the worst first.

    Args:
        fetched_into: folder of the fetched modules.
    """
    order = list(_FIXES)
    wrong = sorted((state for state in states if state.state in _FIXES), key=lambda state: order.index(state.state))
    fixes = {**_FIXES, "tampered": f"rm -r {fetched_into}, then plan again"} if fetched_into else _FIXES
    return tuple(
        Finding(
            id=f"{SOURCE}/{state.state}",
            source=SOURCE,
            message=state.message,
            address=f"module {state.module}: {state.source}" if state.module else state.source,
            link="docs/module-lock.md",
            fix=fixes[state.state],
        )
        for state in wrong
    )
