"""The tag that each selected pin goes to, or why it stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from infragate.domain.command import Command
from infragate.domain.errors import BadInput
from infragate.domain.modules import release_tag
from infragate.domain.modules.release_tag import ReleaseTag
from infragate.domain.suggestions import nearest

Direction = Literal["upgrade", "downgrade", "rollback"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A pin before the change.

    Attributes:
        module: the names of nested calls, joined by dots.
        name: the name of the module (the last part of its folder or repository).
        ref: as written.
        tags: the tags that it stands at: the ref itself, or all tags at its commit id.
        selected: True if the user named this module.
    """

    module: str
    name: str
    where: str
    repository: str
    ref: str
    tags: tuple[str, ...]
    selected: bool = False

    def release(self, prefix: str | None = None) -> ReleaseTag | None:
        """The newest release that it stands at (with this prefix)."""
        releases = [release for tag in self.tags if (release := release_tag.parse(tag))]
        return max((release for release in releases if prefix in (None, release.prefix)), default=None)

    @property
    def standing(self) -> str:
        """Its release for messages: `v0.6.0`, or a short commit id."""
        release = self.release()
        return release.text if release else self.ref[:12] if len(self.ref) >= 40 else self.ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A pin that stays, and why.

    Attributes:
        against: True if the change would move it in the other direction.
        there: True if it stands at the target already.
    """

    module: str
    where: str
    ref: str
    reason: str
    against: bool = False
    there: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unordered:
    """A pin whose order to its target nobody can tell."""

    pin: Pin
    tag: str


def of(release: str, pin: Pin, tags: Mapping[str, str], direction: Direction) -> str | Kept | Unordered:
    """The tag for a pin.

    Args:
        release: a tag, `latest`, or a version constraint.
        tags: of its repository, with their commits.

    Raises:
        BadInput: no such tag, or none that fits.
    """
    tag = _newest_fitting(release, pin, tags) if release_tag.is_constraint(release) else release
    target = release_tag.parse(tag)
    if target is not None and (reason := _other_series(pin, target)):
        return _kept(pin, reason)
    if tag not in tags:
        raise _unknown(tag, pin, tags)
    if tag in pin.tags or pin.ref == tags[tag]:
        return _kept(pin, "already there", there=True)
    now = pin.release(target.prefix) if target else None
    if target is None or now is None or now == target:
        return Unordered(pin=pin, tag=tag)
    if now > target and direction == "upgrade":
        return _kept(pin, f"it is newer than {tag}", against=True)
    if now < target and direction != "upgrade":
        return _kept(pin, f"it is older than {tag}", against=True)
    return tag


def _kept(pin: Pin, reason: str, *, against: bool = False, there: bool = False) -> Kept:
    return Kept(module=pin.module, where=pin.where, ref=pin.standing, reason=reason, against=against, there=there)


def refuse_nothing_to_move(release: str, kept: Sequence[Kept], direction: Direction) -> None:
    """Refuse a change in which every pin stays, unless one of them stands at the target already.

    Raises:
        BadInput: the verb goes in the other direction, or the tag is of other modules.
    """
    if not kept or any(pin.there for pin in kept):
        return
    first = next((pin for pin in kept if pin.against), None)
    if first is None:
        reasons = "; ".join(sorted({f"{pin.module}: {pin.reason}" for pin in kept})[:5])
        raise BadInput(
            f"no module can be moved to {release[:80]}: {reasons}",
            where=kept[0].where,
            fix="give a tag of these modules to --to, or select modules with --module",
        )
    if direction == "rollback":
        raise BadInput(
            f"no pin is newer than {release[:80]}: a rollback never moves a pin forward",
            where=first.where,
            fix=("give an older release to --to; to go forward: ", Command("module-upgrade"), " with the same flags"),
        )
    other = Command("module-downgrade" if direction == "upgrade" else "module-upgrade")
    name = "an upgrade" if direction == "upgrade" else "a downgrade"
    raise BadInput(
        f"{first.ref} to {release[:80]} is not {name}", where=first.where, fix=(other, " with the same flags")
    )


def _other_series(pin: Pin, target: ReleaseTag) -> str | None:
    """Why a tag belongs to other modules of the repository (`a/v1.0.0` and `b/v1.0.0`), or None."""
    prefixes = {release.prefix for tag in pin.tags if (release := release_tag.parse(tag))}
    if target.prefix in prefixes:
        return None
    if prefixes:
        names = ", ".join(f"{prefix}..." if prefix else "vX.Y.Z" for prefix in sorted(prefixes))
        return f"its releases are tagged {names}"
    stem = target.prefix.rstrip("/@_.-").rpartition("/")[2]
    if not target.prefix or pin.selected or stem == pin.name:
        return None
    return f"it stands at no release of {target.prefix}..."


def _newest_fitting(release: str, pin: Pin, tags: Collection[str]) -> str:
    present = pin.release()
    prefix = present.prefix if present else ""
    try:
        fitting = release_tag.newest_fitting(release, tags, prefix)
    except ValueError:
        raise BadInput(
            f"not a version constraint: {release[:80]!r}",
            where="--to",
            fix="give a tag, latest, or a constraint such as '~> 0.7' or '>= 1.0, < 2.0'",
        ) from None
    if fitting is None:
        shown = ", ".join(_of_series(tags, prefix)[:15]) or "no tags"
        raise BadInput(
            f"module {pin.module}: no release fits {release[:80]!r}; there are: {shown}",
            where=pin.repository,
            fix="give one of them to --to; a pre-release is only taken if its tag, or = VERSION, names it",
        )
    return fitting


def _of_series(tags: Collection[str], prefix: str) -> list[str]:
    return [
        tag
        for tag in release_tag.newest_first(tags)
        if (release := release_tag.parse(tag)) and release.prefix == prefix
    ]


def _unknown(tag: str, pin: Pin, tags: Collection[str]) -> BadInput:
    shown = ", ".join(release_tag.newest_first(tags)[:15]) or "no tags"
    hint = nearest(tag, list(tags))
    fix = f"did you mean --to {hint}?" if hint else "give one of them to --to, or select modules with --module"
    return BadInput(f"there is no release {tag[:80]!r}; there are: {shown}", where=pin.repository, fix=fix)


def refuse_unordered(unordered: Unordered) -> bool:
    """Refuse to guess whether a pin would move forward.

    Raises:
        BadInput: always; `fix` has the flags that answer.
    """
    pin = unordered.pin
    raise BadInput(
        f"module {pin.module} stands at {pin.standing}: nobody can tell whether {unordered.tag} is older",
        where=pin.where,
        fix=f"add --move {pin.module} to move it to {unordered.tag}, or --keep {pin.module} to leave it",
    )
