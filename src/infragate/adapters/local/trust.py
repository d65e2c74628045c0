"""Reads the files that judge a pull request from a folder that the pull request cannot change (docs/trust.md).

INFRAGATE_TRUSTED_ROOT names that folder: a checkout of the base branch, or a folder of the server image. Without it
the checkout itself is trusted, as on a developer's machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from infragate.adapters.local import files, settings
from infragate.domain.errors import BadInput

SETTING = "INFRAGATE_TRUSTED_ROOT"
ORIGIN = "INFRAGATE_TRUSTED_ORIGIN"  # what people should read instead of its path; set by a step that made the folder
DECIDING = (Path("infra") / "environments.yaml", Path("policy"))
# What runs the checks, or says who must approve; never read from a pull request. A folder of an image may lack it.
_AROUND = tuple(map(Path, ("tasks.py", "inv", "atlantis.yaml", "workflows", ".github", "CODEOWNERS")))


def root(checkout: Path) -> Path:
    """The folder from which the deciding files of a checkout are read.

    Raises:
        BadInput: the setting is empty, does not name a folder, or names one inside the checkout.
    """
    configured = settings.read(SETTING)
    if settings.is_empty(SETTING):
        raise _refused("", "is empty")
    if configured is None:
        return checkout
    trusted = Path(configured)
    if not trusted.is_absolute() or not trusted.is_dir():
        raise _refused(configured, "is not an absolute path of a folder")
    if any(path.is_relative_to(checkout.resolve()) for path in (trusted, trusted.resolve())):
        raise _refused(configured, "is inside the checkout, so the pull request could have changed it")
    return trusted


def origin(trusted: Path) -> str:
    """Where the trusted root is from, for people."""
    return settings.read(ORIGIN) or f"the trusted root {trusted}"


def changed(checkout: Path) -> tuple[str, ...]:
    """The deciding files that differ from the trusted root: the change needs its owners' approval and has no effect."""
    trusted = root(checkout)
    if trusted == checkout:
        return ()
    parts = (*DECIDING, *(part for part in _AROUND if (trusted / part).exists()))
    names = {name for place in {trusted, checkout} for name in _files(place, parts)}
    return tuple(sorted(name for name in names if _digest(trusted / name) != _digest(checkout / name)))


def _files(place: Path, parts: tuple[Path, ...]) -> Iterator[str]:
    for part in parts:
        for path in (place / part, *(place / part).rglob("*")):
            if path.is_symlink() or path.is_file():
                yield path.relative_to(place).as_posix()


def _digest(path: Path) -> str | None:
    """The digest of a file; None when it does not exist, "link" for a symbolic link."""
    if path.is_symlink():
        return "link"
    return files.sha256(path) if path.is_file() else None


def _refused(configured: str, why: str) -> BadInput:
    return BadInput(
        f"{SETTING} {why}",
        where=f"{SETTING}={configured}",
        fix="name a checkout of the base branch beside this one (docs/trust.md), or unset it",
    )
