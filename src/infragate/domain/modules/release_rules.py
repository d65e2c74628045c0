"""The rules for module releases: the version that a change needs, and what its notes must say
(docs/module-releases.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import Literal

from infragate.domain.finding import Finding
from infragate.domain.modules.module_interface import InterfaceChange, ModuleInterface, breaking_changes

Level = Literal["patch", "minor", "major"]
SOURCE, RULES = "release-check", "docs/module-releases.md"
LEVELS: tuple[Level, ...] = ("patch", "minor", "major")
_TAG = re.compile(r"v(?P<major>0|[1-9]\d*)\.(?P<minor>0|[1-9]\d*)\.(?P<patch>0|[1-9]\d*)")
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
        patch = replace(self, patch=self.patch + 1)
        minor = Version(major=self.major, minor=self.minor + 1, patch=0)
        return {"patch": patch, "minor": minor, "major": Version(major=self.major + 1, minor=0, patch=0)}[level]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The section of one version on a page; date is "" if its heading has none."""

    version: str
    date: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A release to be checked.

    Attributes:
        previous: the release before it; None for the first.
        touched: names of the modules whose code differs from `previous`.
        changelog, upgrade: sections of the two pages, in their order.
    """

    version: Version
    previous: Version | None
    changes: tuple[InterfaceChange, ...]
    touched: Set[str]
    changelog: tuple[Section, ...]
    upgrade: tuple[Section, ...]


def version(tag: str) -> Version | None:
    """The version of a tag; None if the tag is not `vMAJOR.MINOR.PATCH`."""
    match = _TAG.fullmatch(tag)
    return Version(**{name: int(number) for name, number in match.groupdict().items()}) if match else None


def sections(page: str) -> tuple[Section, ...]:
    """The sections of a page that are headed `## VERSION` or `## VERSION (DATE)`."""
    heads = list(_SECTION.finditer(page))
    ends = [*(head.start() for head in heads), len(page)][1:]
    return tuple(
        Section(version=head[1], date=head[2] or "", text=page[head.end() : end].strip())
        for head, end in zip(heads, ends, strict=True)
    )


def compare(old: Mapping[str, ModuleInterface], new: Mapping[str, ModuleInterface]) -> tuple[InterfaceChange, ...]:
    """The changes that callers can notice, by module name."""
    changes = [change for name in sorted(old.keys() | new.keys()) for change in _of_module(name, old, new)]
    return tuple(sorted(changes, key=lambda change: (change.module, not change.breaking, change.kind, change.name)))


def _of_module(
    name: str, old: Mapping[str, ModuleInterface], new: Mapping[str, ModuleInterface]
) -> Iterator[InterfaceChange]:
    if name not in new:
        yield InterfaceChange(module=name, kind="module removed", name=name, detail="Stacks that call it fail")
        return
    if name not in old:
        yield InterfaceChange(module=name, kind="module added", name=name, detail="", breaking=False)
        return
    before, after = old[name], new[name]
    yield from breaking_changes(name, before, after)
    for added, input_ in after.inputs.items():
        if added not in before.inputs and not input_.required:
            detail = f"its default is {input_.default}"
            yield InterfaceChange(module=name, kind="input added", name=added, detail=detail, breaking=False)
    for added in after.outputs.keys() - before.outputs.keys():
        yield InterfaceChange(module=name, kind="output added", name=added, detail="", breaking=False)


def needed(previous: Version, changes: tuple[InterfaceChange, ...]) -> Level:
    """The smallest level for the changes; below 1.0 a minor version may break callers and a patch may add inputs."""
    stable = previous.major >= 1
    if any(change.breaking for change in changes):
        return "major" if stable else "minor"
    return "minor" if stable and changes else "patch"


def complaint(kind: str, detail: str, *, address: str, file: str | None = None) -> Finding:
    """A finding against a release."""
    message = ": ".join(filter(None, (kind, detail)))
    name = kind.replace(" ", "-").replace("'", "")
    return Finding(id=f"{SOURCE}/{name}", source=SOURCE, message=message, address=address, file=file, link=RULES)


def judge(candidate: Candidate) -> tuple[Finding, ...]:
    """The findings against a release; none if it may be written."""
    return (*_against_version(candidate), *_against_changelog(candidate), *_against_upgrade(candidate))


def _against_version(candidate: Candidate) -> Iterator[Finding]:
    previous = candidate.previous
    if previous is None:
        return
    level = next((level for level in LEVELS if previous.next(level) == candidate.version), None)
    smallest = needed(previous, candidate.changes)
    if level is None:
        detail = f"after {previous} comes one of {', '.join(str(previous.next(level)) for level in LEVELS)}"
        yield complaint("version does not follow", detail, address=str(candidate.version))
    elif LEVELS.index(level) < LEVELS.index(smallest):
        for change in [change for change in candidate.changes if change.breaking] or candidate.changes:
            detail = f"{change.detail}; it needs {previous.next(smallest)}".removeprefix("; ")
            yield complaint(change.kind, detail, address=_address(change))


def _address(change: InterfaceChange) -> str:
    return change.module if change.name == change.module else f"{change.module}.{change.name}"


def _against_changelog(candidate: Candidate) -> Iterator[Finding]:
    page = "modules/CHANGELOG.md"
    section, version = _section(candidate.changelog, candidate.version), str(candidate.version)
    if section is None:
        yield complaint(
            "not in the changelog", f"section ## {version} (YYYY-MM-DD) is required", address=version, file=page
        )
        return
    if not section.date:
        detail = f"the heading must be ## {version} (YYYY-MM-DD)"
        yield complaint("no date in the changelog", detail, address=version, file=page)
    for module in sorted(candidate.touched):
        if f"`{module}`" not in section.text:
            detail = f"the section of {version} does not name `{module}`, whose code has changed"
            yield complaint("not in the changelog", detail, address=module, file=page)


def _against_upgrade(candidate: Candidate) -> Iterator[Finding]:
    """The notes must name each breaking change, and explain the downgrade."""
    breaking = [change for change in candidate.changes if change.breaking]
    if not breaking:
        return
    page, section = "modules/UPGRADE.md", _section(candidate.upgrade, candidate.version)
    text = section.text if section else ""
    for change in breaking:
        if f"`{change.name}`" not in text:
            detail = f"the section of {candidate.version} does not say what to do about `{change.name}`: {change.kind}"
            yield complaint("not in the upgrade notes", detail, address=_address(change), file=page)
    if candidate.previous and f"Back to {candidate.previous}" not in text:
        detail = f"the section of {candidate.version} has no paragraph Back to {candidate.previous}"
        yield complaint("no way back in the upgrade notes", detail, address=str(candidate.previous), file=page)


def _section(page: tuple[Section, ...], version: Version) -> Section | None:
    return next((section for section in page if section.version == str(version)), None)
