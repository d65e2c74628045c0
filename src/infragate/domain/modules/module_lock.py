"""`infra/modules.lock`: which commit and which content each pinned module is, for every Stack; and how it is checked.

A tag can be moved, and Terraform keeps no record of what a tag was (its own lock file holds providers only).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from infragate.domain.command import Advice, Command
from infragate.domain.errors import Integrity
from infragate.domain.finding import Finding
from infragate.domain.modules.module_source import ModuleSource

SCHEMA_VERSION = 1
FILE = "infra/modules.lock"
PinStatus = Literal["ok", "moved", "tampered", "unlocked", "missing", "unpinned", "registry", "local"]
SOURCE = "module-lock"
_COMMIT = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")
_TREE = re.compile(r"^sha256:[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ModulePin:
    """One module at one ref.

    Attributes:
        source: `https://host/repo.git//folder`.
        commit: what the ref stood at.
        tree: `sha256:` digest of everything that was fetched (names, kinds, executable bits, links, contents).
        stacks: folders of the Stacks that use it.
    """

    source: str
    ref: str
    commit: str
    tree: str
    stacks: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same pin."""
        return self.source, self.ref


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleLock:
    """All pins, sorted."""

    pins: tuple[ModulePin, ...]

    def pin(self, source: str, ref: str) -> ModulePin | None:
        """The pin of one module at one ref."""
        return next((pin for pin in self.pins if pin.key == (source, ref)), None)

    def of_stack(self, stack: str) -> tuple[ModulePin, ...]:
        """The pins that one Stack uses."""
        return tuple(pin for pin in self.pins if stack in pin.stacks)

    def text(self) -> str:
        """The file: one value a line, so that a merge shows what changed."""
        pins = [
            {"source": pin.source, "ref": pin.ref, "commit": pin.commit, "tree": pin.tree, "stacks": sorted(pin.stacks)}
            for pin in sorted(self.pins)
        ]
        return json.dumps({"schema_version": SCHEMA_VERSION, "pins": pins}, indent=2, ensure_ascii=False) + "\n"


EMPTY = ModuleLock(pins=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One module call as `terraform init` has resolved it.

    Attributes:
        module: its key: names of calls joined by dots.
        commit, tree: None where there is no git behind it.
        problem: why the content cannot be trusted, or None.
        unpinned: why the ref does not name one commit for ever, or None.
    """

    module: str
    source: ModuleSource
    commit: str | None
    tree: str | None
    problem: str | None = None
    unpinned: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinState:
    """What became of one pin.

    Attributes:
        expected_commit, expected_tree: what the lock says; None where it says nothing.
        detail: one sentence for everything but "ok".
    """

    module: str
    source: str
    ref: str | None
    commit: str | None
    tree: str | None
    expected_commit: str | None
    expected_tree: str | None
    state: PinStatus
    detail: str

    @property
    def message(self) -> str:
        """The detail; for what was moved or tampered with also both commits."""
        if self.state not in ("moved", "tampered") or self.expected_commit is None:
            return self.detail
        return f"{self.detail}; expected commit {self.expected_commit}, found {self.commit or 'none'}"


def parse(text: str) -> ModuleLock:
    """The lock in a file's text.

    Raises:
        Integrity: damaged, merged badly, or of a version that this program does not know.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as broken:
        raise _damaged(f"it is no JSON: {broken}") from None
    if not isinstance(document, dict) or not isinstance(document.get("pins"), list):
        raise _damaged("it has no list of pins")
    if document.get("schema_version") != SCHEMA_VERSION:
        raise _damaged(f"schema_version is {document.get('schema_version')!r}, known is {SCHEMA_VERSION}")
    pins = tuple(_pin(entry, f"pins[{index}]") for index, entry in enumerate(document["pins"]))
    keys = [pin.key for pin in pins]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice:
        raise _damaged(f"{twice[0]} at {twice[1]} is there twice")
    return ModuleLock(pins=tuple(sorted(pins)))


def _pin(entry: Any, place: str) -> ModulePin:
    fields = ("source", "ref", "commit", "tree")
    if not isinstance(entry, dict) or set(entry) != {*fields, "stacks"}:
        raise _damaged(f"{place} has other fields than {', '.join(fields)}, stacks")
    if not all(isinstance(entry[name], str) and entry[name] for name in fields):
        raise _damaged(f"{place} has an empty field")
    if not _COMMIT.match(entry["commit"]) or not _TREE.match(entry["tree"]):
        raise _damaged(f"{place} has no commit id, or no tree of the form sha256:...")
    stacks = entry["stacks"]
    if not isinstance(stacks, list) or not stacks or not all(isinstance(stack, str) and stack for stack in stacks):
        raise _damaged(f"{place} names no stacks")
    return ModulePin(**{name: entry[name] for name in fields}, stacks=tuple(sorted(stacks)))


def _damaged(why: str) -> Integrity:
    return Integrity(
        f"the module lock is damaged: {why}",
        where=FILE,
        fix=(
            f"git checkout -- {FILE}; or, if you know why: remove it, run ",
            Command("modules-lock"),
            ", and look at git diff",
        ),
    )


def made(fetched: Mapping[str, Iterable[Fetched]]) -> ModuleLock:
    """The lock of what was fetched for each Stack; all of it must be sound.

    Raises:
        Integrity: one ref was two things, as when a tag is moved between two fetches.
    """
    found: dict[tuple[str, str], ModulePin] = {}
    for stack, modules in fetched.items():
        for module in modules:
            if module.source.kind != "git" or not module.source.ref or not module.commit or not module.tree:
                continue
            pin = ModulePin(
                source=module.source.address,
                ref=module.source.ref,
                commit=module.commit,
                tree=module.tree,
                stacks=(stack,),
            )
            known = found.get(pin.key, pin)
            if (known.commit, known.tree) != (pin.commit, pin.tree):
                raise Integrity(
                    f"{pin.ref} was two things in one run: {known.commit} with {known.tree}, {pin.commit} with {pin.tree}",
                    where=pin.source,
                    fix=("ask who moves that tag, then fetch again: ", Command("modules-lock")),
                )
            found[pin.key] = replace(pin, stacks=tuple(sorted({*known.stacks, stack})))
    return ModuleLock(pins=tuple(sorted(found.values())))


def replaced(lock: ModuleLock, stack: str, made_anew: ModuleLock) -> ModuleLock:
    """The lock with one Stack's pins changed; what other Stacks use stays as it was."""
    found: dict[tuple[str, str], ModulePin] = {}
    for pin in lock.pins:
        others = tuple(name for name in pin.stacks if name != stack)
        if others:
            found[pin.key] = replace(pin, stacks=others)
    for pin in made_anew.pins:
        kept = found.get(pin.key)
        found[pin.key] = replace(pin, stacks=tuple(sorted({stack, *(kept.stacks if kept else ())})))
    return ModuleLock(pins=tuple(sorted(found.values())))


def verified(lock: ModuleLock, fetched: Iterable[Fetched], stack: str) -> tuple[PinState, ...]:
    """The state of every module of a Stack, and of every locked pin that the Stack no longer has."""
    states = [_state(lock, module, stack) for module in fetched]
    used = {(state.source, state.ref) for state in states}
    gone = [pin for pin in lock.of_stack(stack) if pin.key not in used]
    return (*states, *(_gone(pin, stack) for pin in gone))


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
    if kind == "local" or kind == "registry":
        return kind, "it is part of the checkout" if kind == "local" else "a registry keeps it; its version is the pin"
    if kind == "other":
        return "unpinned", f"{module.source.address} is no git repository: nothing binds its content"
    if module.unpinned:
        return "unpinned", module.unpinned
    if module.problem:
        return "tampered", module.problem
    if pin is None:
        return "unlocked", f"{at} is not in {FILE} for this Stack"
    if module.commit and module.commit != pin.commit:
        return "moved", f"{at} was {pin.commit[:12]} and is now {module.commit[:12]}: the tag was moved"
    if module.tree != pin.tree:
        return "tampered", f"{at}: its files are not those of commit {pin.commit[:12]}"
    return "ok", ""


def _gone(pin: ModulePin, stack: str) -> PinState:
    return PinState(
        module="",
        source=pin.source,
        ref=pin.ref,
        commit=None,
        tree=None,
        expected_commit=pin.commit,
        expected_tree=pin.tree,
        state="missing",
        detail=f"{FILE} has {pin.source} at {pin.ref} for {stack}, and no module call uses it",
    )


# The worst first; what is not in it is in order.
_FIXES: dict[PinStatus, Advice] = {
    "moved": (
        "ask who moved the tag; if it is right: ",
        Command("modules-lock", ("--accept-moved",)),
        ", and a review of its diff",
    ),
    "tampered": "fetch the modules again",
    "unlocked": (Command("modules-lock"), f", then commit {FILE}"),
    "missing": (Command("modules-lock"), f", then commit {FILE}"),
    "unpinned": "pin a release: ?ref=vX.Y.Z",
}


def findings(states: Iterable[PinState], fetched_into: str = "") -> tuple[Finding, ...]:
    """What is wrong with the modules, the worst first.

    Args:
        fetched_into: the folder that holds what was fetched.
    """
    order = list(_FIXES)
    wrong = sorted((state for state in states if state.state in _FIXES), key=lambda state: order.index(state.state))
    again = {"tampered": f"rm -r {fetched_into}, then plan again"} if fetched_into else {}
    return tuple(
        Finding(
            id=f"{SOURCE}/{state.state}",
            source=SOURCE,
            message=state.message,
            address=f"module {state.module}: {state.source}" if state.module else state.source,
            link="docs/module-lock.md",
            fix=again.get(state.state) or _FIXES[state.state],
        )
        for state in wrong
    )
