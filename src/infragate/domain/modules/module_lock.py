"""`infra/modules.lock`: the commit and the content digest of each pinned module of every Stack, and their check.

A tag can be moved, and Terraform does not record its commit (its own lock file holds providers only).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from infragate.domain.command import Advice, Command
from infragate.domain.errors import Integrity
from infragate.domain.modules.module_source import ModuleSource

SCHEMA_VERSION = 2
OLD_VERSION = 1  # its digests leave out names that begin with a dot
FILE = "infra/modules.lock"
ACCEPT_MOVED: Advice = (
    "ask who moved the tag; if the move is right: ",
    Command("modules-lock", ("--accept-moved",)),
    ", and have its diff reviewed",
)
CANNOT_BE_LOCKED = (
    "cannot be locked: only git repositories (with the parameters ref, depth and sshkey) and registry modules can"
)
_COMMIT = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")
_TREE = re.compile(r"^sha256:[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulePin:
    """One module at one ref.

    Attributes:
        source: `https://host/repo.git//folder`, or `host/namespace/name/system//folder` of a registry.
        ref: for a registry module, its version.
        commit: the commit of the ref when it was locked; None for a registry module.
        tree: `sha256:` digest of the fetched files (names, kinds, executable bits, links, contents); None if the lock
            has the old format.
        stacks: folders of the Stacks that use it, sorted.
    """

    source: str
    ref: str
    commit: str | None
    tree: str | None
    stacks: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.ref

    def has_content_of(self, other: ModulePin) -> bool:
        """True if both have one content; a pin of the old format is compared by its commit."""
        return self.commit == other.commit and (self.tree == other.tree or None in (self.tree, other.tree))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleLock:
    """The pins of all Stacks.

    Attributes:
        version: the format of the file that was read.
    """

    pins: tuple[ModulePin, ...]
    version: int = SCHEMA_VERSION

    def pin(self, source: str, ref: str) -> ModulePin | None:
        return next((pin for pin in self.pins if pin.key == (source, ref)), None)

    def of_stack(self, stack: str) -> tuple[ModulePin, ...]:
        return tuple(pin for pin in self.pins if stack in pin.stacks)

    def text(self) -> str:
        """The text of the file: one value per line, so that a diff shows what changed."""
        pins = [asdict(pin) for pin in _sorted(self.pins)]
        return json.dumps({"schema_version": SCHEMA_VERSION, "pins": pins}, indent=2, ensure_ascii=False) + "\n"


def _sorted(pins: Iterable[ModulePin]) -> tuple[ModulePin, ...]:
    return tuple(sorted(pins, key=lambda pin: pin.key))


EMPTY = ModuleLock(pins=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One module call as `terraform init` resolved it.

    Attributes:
        module: the names of nested calls, joined by dots.
        version: of a registry module; else "".
        commit: None if the module is not from git; tree: None if it is from neither git nor a registry.
        problem: why the content cannot be trusted, or None.
        unpinned: why the call may lead to another release later, or None.
        where: file:line of the call in the checkout.
    """

    module: str
    source: ModuleSource
    version: str = ""
    commit: str | None = None
    tree: str | None = None
    problem: str | None = None
    unpinned: str | None = None
    where: str = ""

    @property
    def ref(self) -> str | None:
        """What the lock knows it by: the ref, or the version of a registry module."""
        return self.version if self.source.kind == "registry" else self.source.ref


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
    version = document.get("schema_version")
    if version not in (OLD_VERSION, SCHEMA_VERSION):
        raise _damaged(f"schema_version is {version!r}, expected {SCHEMA_VERSION}")
    pins = tuple(_pin(entry, f"pins[{index}]") for index, entry in enumerate(document["pins"]))
    keys = [pin.key for pin in pins]
    repeated = next((key for key in keys if keys.count(key) > 1), None)
    if repeated:
        raise _damaged(f"{repeated[0]} at {repeated[1]} is repeated")
    if version == OLD_VERSION:
        pins = tuple(replace(pin, tree=None) for pin in pins)
    return ModuleLock(pins=_sorted(pins), version=version)


def _pin(entry: Any, place: str) -> ModulePin:
    fields = ("source", "ref", "commit", "tree")
    if not isinstance(entry, dict) or set(entry) != {*fields, "stacks"}:
        raise _damaged(f"{place} must have the fields {', '.join(fields)}, stacks")
    is_git = "://" in str(entry["source"]) or entry["commit"] is not None
    if not all(isinstance(entry[name], str) and entry[name] for name in fields if is_git or name != "commit"):
        raise _damaged(f"{place} has an empty field")
    if (is_git and not _COMMIT.match(entry["commit"])) or not _TREE.match(entry["tree"]):
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
        ModulePin(source=module.source.address, ref=module.ref, commit=module.commit, tree=module.tree, stacks=(stack,))
        for stack, modules in fetched.items()
        for module in modules
        if module.ref and module.tree and (module.commit or module.source.kind == "registry")
    ]
    lock = _merged(pins)
    for pin in pins:
        merged = lock.pin(*pin.key) or pin
        if not merged.has_content_of(pin):
            contents = ", ".join(f"{one.commit or 'version'} with {one.tree}" for one in (pin, merged))
            raise Integrity(
                f"{pin.ref} had two contents in one run: {contents}",
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
    return ModuleLock(pins=_sorted(merged.values()))


def moved_tag(old: ModulePin, new: ModulePin, *, fix: Advice) -> Integrity:
    """The error for a tag or a version whose locked content differs from the fetched one."""
    if old.commit != new.commit:
        message = f"the tag {new.ref} was moved: expected commit {old.commit}, found {new.commit}"
    elif new.commit:
        message = (
            f"the locked digest of {new.ref} is not that of its commit {new.commit}, which was fetched again byte for "
            "byte: the lock was edited, or written where git converts line ends"
        )
    else:
        message = f"the registry now has other files for version {new.ref}: expected {old.tree}, found {new.tree}"
    return Integrity(message, where=new.source, fix=fix)


def old_format() -> Integrity:
    """The error for a lock whose format has to be raised before it can be compared."""
    return Integrity(
        f"the module lock has the old format {OLD_VERSION}, which leaves out files whose names begin with a dot",
        where=FILE,
        fix=(Command("modules-lock"), f" writes format {SCHEMA_VERSION} and keeps every commit; commit the file"),
    )
