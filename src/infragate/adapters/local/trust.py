"""What decides over a pull request is read from a place that the pull request cannot write (docs/trust.md).

INFRAGATE_TRUSTED_ROOT names it: a checkout of the base branch, or a folder of a server's image. Without the setting a
checkout is trusted as it is: a person's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from infragate.adapters.local import files, settings
from infragate.domain.errors import BadInput

SETTING = "INFRAGATE_TRUSTED_ROOT"
DECIDING = (Path("infra") / "environments.yaml", Path("policy") / "tools")


def root(checkout: Path) -> Path:
    """The folder whose deciding files count for a checkout.

    Raises:
        BadInput: the setting names no folder, or one that the checkout could have brought along.
    """
    given = settings.read(SETTING)
    if given is None:
        return checkout
    trusted = Path(given)
    if not trusted.is_absolute() or not trusted.is_dir():
        raise _refused(given, "names no folder by its whole path")
    if any(path.is_relative_to(checkout.resolve()) for path in (trusted, trusted.resolve())):
        raise _refused(given, "lies inside the checkout, which could have brought it along")
    return trusted


def changed(checkout: Path) -> tuple[str, ...]:
    """The deciding files that a checkout has otherwise than the trusted root: they need their owners and have no effect.

    Raises:
        BadInput: as `root`.
    """
    trusted = root(checkout)
    if trusted == checkout:
        return ()
    names = {name for place in {trusted, checkout} for name in _deciding(place)}
    return tuple(sorted(name for name in names if _digest(trusted / name) != _digest(checkout / name)))


def _deciding(place: Path) -> Iterator[str]:
    for deciding in DECIDING:
        found = place / deciding
        for path in (found, *found.rglob("*")):
            if path.is_symlink() or path.is_file():
                yield path.relative_to(place).as_posix()


def _digest(path: Path) -> str | None:
    """None for what is missing; a link is none of the files that are compared."""
    if path.is_symlink():
        return "link"
    return files.sha256(path) if path.is_file() else None


def _refused(given: str, why: str) -> BadInput:
    return BadInput(
        f"{SETTING} {why}",
        where=f"{SETTING}={given}",
        fix="name a checkout of the base branch beside this one (docs/trust.md), or unset it",
    )
