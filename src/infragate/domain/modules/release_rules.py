"""Which version a change of the modules needs, and what its notes must say (docs/module-releases.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Literal

from infragate.domain.modules.module_interface import ModuleInterface, breaches

Level = Literal["patch", "minor", "major"]
LEVELS: tuple[Level, ...] = ("patch", "minor", "major")
_TAG = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_SECTION = re.compile(r"^## (v\d+\.\d+\.\d+)(?: \((\d{4}-\d{2}-\d{2})\))?[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Version:
    """`vMAJOR.MINOR.PATCH`."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}"

    def next(self, level: Level) -> Version:
        """The version that follows at this level."""
        if level == "major":
            return Version(major=self.major + 1, minor=0, patch=0)
        if level == "minor":
            return Version(major=self.major, minor=self.minor + 1, patch=0)
        return Version(major=self.major, minor=self.minor, patch=self.patch + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A difference between two releases of one module that its callers can notice.

    Attributes:
        kind: `input removed`, `output added`, ...
        breaking: whether a Stack may have to do something.
    """

    module: str
    kind: str
    name: str
    detail: str
    breaking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseBreach:
    """Why a release may not be made like this; module and name are "" where it is about the release as a whole."""

    module: str
    kind: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What a page says of one version; date is "" where it has none."""

    version: str
    date: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A release that is judged.

    Attributes:
        previous: the release before it; None for the first.
        changes: what callers can notice.
        touched: modules whose code is another.
        changelog, upgrade: sections of the two pages, in their order.
    """

    version: Version
    previous: Version | None
    changes: tuple[Change, ...]
    touched: Set[str]
    changelog: tuple[Section, ...]
    upgrade: tuple[Section, ...]


def version(tag: str) -> Version | None:
    """The version that a tag names; None when it names none."""
    found = _TAG.fullmatch(tag)
    return Version(major=int(found[1]), minor=int(found[2]), patch=int(found[3])) if found else None


def sections(page: str) -> tuple[Section, ...]:
    """The versions that a page has a heading of the second level for."""
    heads = list(_SECTION.finditer(page))
    ends = [*(head.start() for head in heads), len(page)][1:]
    return tuple(
        Section(version=head[1], date=head[2] or "", text=page[head.end() : end].strip())
        for head, end in zip(heads, ends, strict=True)
    )


def compare(old: Mapping[str, ModuleInterface], new: Mapping[str, ModuleInterface]) -> tuple[Change, ...]:
    """What callers of the older modules can notice, by module."""
    found = [change for name in sorted(old.keys() | new.keys()) for change in _of_module(name, old, new)]
    return tuple(sorted(found, key=lambda change: (change.module, not change.breaking, change.kind, change.name)))


def _of_module(name: str, old: Mapping[str, ModuleInterface], new: Mapping[str, ModuleInterface]) -> Iterator[Change]:
    if name not in new:
        yield Change(module=name, kind="module removed", name=name, detail="Stacks that call it fail", breaking=True)
        return
    if name not in old:
        yield Change(module=name, kind="module added", name=name, detail="", breaking=False)
        return
    before, after = old[name], new[name]
    for breach in breaches(before, after):
        yield Change(module=name, kind=breach.kind, name=breach.name, detail=breach.detail, breaking=True)
    for added, given in after.inputs.items():
        if added not in before.inputs and not given.required:
            detail = f"its default is {given.default}"
            yield Change(module=name, kind="input added", name=added, detail=detail, breaking=False)
    for added in after.outputs.keys() - before.outputs.keys():
        yield Change(module=name, kind="output added", name=added, detail="", breaking=False)


def needed(previous: Version, changes: tuple[Change, ...]) -> Level:
    """The smallest level that the changes allow: below 1.0 a minor version may break callers and a patch may add."""
    stable = previous.major >= 1
    if any(change.breaking for change in changes):
        return "major" if stable else "minor"
    return "minor" if stable and changes else "patch"


def judge(candidate: Candidate) -> tuple[ReleaseBreach, ...]:
    """Everything that stands against the release; nothing when it may be made."""
    return (*_against_version(candidate), *_against_changelog(candidate), *_against_upgrade(candidate))


def _against_version(candidate: Candidate) -> Iterator[ReleaseBreach]:
    previous = candidate.previous
    if previous is None:
        return
    level = next((level for level in LEVELS if previous.next(level) == candidate.version), None)
    wanted = needed(previous, candidate.changes)
    if level is None:
        following = ", ".join(str(previous.next(each)) for each in LEVELS)
        detail = f"{previous} is followed by one of {following}"
        yield ReleaseBreach(module="", kind="version does not follow", name=str(candidate.version), detail=detail)
    elif LEVELS.index(level) < LEVELS.index(wanted):
        for change in [change for change in candidate.changes if change.breaking] or candidate.changes:
            detail = f"{change.detail}; it needs {previous.next(wanted)}".removeprefix("; ")
            yield ReleaseBreach(module=change.module, kind=change.kind, name=change.name, detail=detail)


def _against_changelog(candidate: Candidate) -> Iterator[ReleaseBreach]:
    found = _section(candidate.changelog, candidate.version)
    if found is None:
        detail = f"modules/CHANGELOG.md has no section ## {candidate.version} (date)"
        yield ReleaseBreach(module="", kind="not in the changelog", name=str(candidate.version), detail=detail)
        return
    if not found.date:
        detail = f"its heading in modules/CHANGELOG.md is ## {candidate.version} (YYYY-MM-DD)"
        yield ReleaseBreach(module="", kind="no date in the changelog", name=str(candidate.version), detail=detail)
    for module in sorted(candidate.touched):
        if f"`{module}`" not in found.text:
            detail = f"the section of {candidate.version} does not name `{module}`, whose code has changed"
            yield ReleaseBreach(module=module, kind="not in the changelog", name=module, detail=detail)


def _against_upgrade(candidate: Candidate) -> Iterator[ReleaseBreach]:
    """What breaks callers is explained, each by its name, and so is the way back."""
    breaking = [change for change in candidate.changes if change.breaking]
    if not breaking:
        return
    found = _section(candidate.upgrade, candidate.version)
    text = found.text if found else ""
    for change in breaking:
        if f"`{change.name}`" not in text:
            detail = f"the section of {candidate.version} in modules/UPGRADE.md does not say what to do: {change.kind}"
            yield ReleaseBreach(module=change.module, kind="not in the upgrade notes", name=change.name, detail=detail)
    if candidate.previous and f"Back to {candidate.previous}" not in text:
        detail = (
            f"the section of {candidate.version} in modules/UPGRADE.md has no paragraph Back to {candidate.previous}"
        )
        yield ReleaseBreach(
            module="", kind="no way back in the upgrade notes", name=str(candidate.previous), detail=detail
        )


def _section(page: tuple[Section, ...], wanted: Version) -> Section | None:
    return next((section for section in page if section.version == str(wanted)), None)
