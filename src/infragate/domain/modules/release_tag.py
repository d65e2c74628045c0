"""Tags of releases: prefix and version, their order, and the newest one that fits a constraint.

The order is that of semantic versioning (https://semver.org/#spec-item-11), and `rc10` is newer than `rc2`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import total_ordering

from infragate.domain.terraform import constraints

LATEST = "latest"
_VERSION = re.compile(r"v?(?P<numbers>\d+(?:\.\d+)*)(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_BARE_PRE = re.compile(r"v?(?P<numbers>\d+(?:\.\d+)*)(?P<pre>(?:a|b|rc|alpha|beta)\d*)")
# A prefix ends with a separator and has a letter: `a/v1.0.0`, `a-1.0.0`, `a@1.0`, but not `2024-01-15`.
_BREAK = re.compile(r"(?<=[/@_-])|(?<=\.)(?=v\d)")
_CONSTRAINT = re.compile(r"^\s*(?:[=<>~!]|[^,]*,)")
_EXACT = re.compile(r"^\s*(?:=\s*)?(v?\d\S*)\s*$")


@total_ordering
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReleaseTag:
    """A tag that names a version.

    Attributes:
        text: the tag.
        prefix: `a/` of `a/v1.0.0`; "" for most repositories.
        numbers: `(1, 0, 0)`, without zeros at the end.
        pre: the identifiers of a pre-release; () for a release.
    """

    text: str
    prefix: str
    numbers: tuple[int, ...]
    pre: tuple[tuple[int, int | str], ...]

    @property
    def order(self) -> tuple[tuple[int, ...], bool, tuple[tuple[int, int | str], ...]]:
        return self.numbers, not self.pre, self.pre

    @property
    def version(self) -> str:
        """The tag without its prefix."""
        return self.text.removeprefix(self.prefix)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReleaseTag) and self.order == other.order

    def __lt__(self, other: ReleaseTag) -> bool:
        return self.order < other.order

    def __hash__(self) -> int:
        return hash(self.order)


def parse(tag: str) -> ReleaseTag | None:
    """The release that a tag names; None if it names no version."""
    for match in _starts(tag):
        prefix, version = tag[:match], tag[match:]
        found = _VERSION.fullmatch(version) or _BARE_PRE.fullmatch(version)
        if found and (not prefix or re.search(r"[A-Za-z]", prefix)):
            if found["pre"] and re.search(r"(?:^|[-_@])v?\d+\.\d", found["pre"]):
                continue  # `5.0-v1.2.3`: the version comes later
            numbers = tuple(int(number) for number in found["numbers"].split("."))
            while numbers and numbers[-1] == 0:
                numbers = numbers[:-1]
            return ReleaseTag(text=tag, prefix=prefix, numbers=numbers, pre=tuple(_identifiers(found["pre"] or "")))
    return None


def _starts(tag: str) -> Iterator[int]:
    yield 0
    yield from (match.start() for match in _BREAK.finditer(tag) if 0 < match.start() < len(tag))


def _identifiers(pre: str) -> Iterator[tuple[int, int | str]]:
    """Numbers sort before words, as in semantic versioning."""
    for part in re.findall(r"\d+|[A-Za-z]+", pre):
        yield (0, int(part)) if part.isdigit() else (1, part)


def newest_first(tags: Iterable[str]) -> tuple[str, ...]:
    """Releases without a prefix from the newest, those with one, then the other tags by name."""
    tags = sorted(tags)
    releases = {tag: release for tag in tags if (release := parse(tag))}
    ordered = sorted(releases, key=releases.__getitem__, reverse=True)
    ordered.sort(key=lambda tag: releases[tag].prefix)
    return (*ordered, *(tag for tag in tags if tag not in releases))


def is_constraint(constraint: str) -> bool:
    """True for `latest` and for version constraints (`~> 0.7`, `>= 1.0, < 2.0`), which no tag can be named."""
    return constraint == LATEST or _CONSTRAINT.match(constraint) is not None


def newest_fitting(constraint: str, tags: Iterable[str], prefix: str) -> str | None:
    """The newest tag with this prefix that fits a constraint; a pre-release only if it is named by `= VERSION`.

    Raises:
        ValueError: not a constraint.
    """
    releases = [release for tag in tags if (release := parse(tag)) and release.prefix == prefix]
    fitting = [release for release in releases if _fits(constraint, release)]
    return max(fitting, key=lambda release: (release.order, release.text)).text if fitting else None


def _fits(constraint: str, release: ReleaseTag) -> bool:
    if constraint == LATEST:
        return not release.pre
    parts = [part for part in constraint.split(",") if part.strip()]
    named = [parse(match[1]) for part in parts if (match := _EXACT.match(part))]
    if release.pre and release not in named:
        return False
    number = ".".join(str(part) for part in release.numbers) or "0"
    others = (part for part in parts if not _EXACT.match(part))
    return all(release == version for version in named) and all(
        constraints.allows(part, number, of_provider=False) for part in others
    )
