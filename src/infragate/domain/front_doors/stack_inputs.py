"""Which files of a checkout a plan of each Stack depends on."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from infragate.domain.modules import module_lock

ENVIRONMENTS = "infra/environments.yaml"
POLICY = "policy"
_VALUES = (".tfvars", ".tfvars.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackInputs:
    """What one Stack reads; names are relative to the checkout.

    Attributes:
        directory: of the Stack.
        modules: folders of the local modules that it calls, and of those that they call.
        files: files and folders elsewhere, which code reads or links lead to.
        problem: why its code cannot be followed; None if it was.
    """

    environment: str
    directory: str
    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    problem: str | None = None


def is_below(name: str, place: str) -> bool:
    """True if a name is a file or folder, or in it. A link or a submodule above `place` brings it with it."""
    name, place = (posixpath.normpath(path) for path in (name, place))
    return place == "." or name == place or name.startswith(f"{place}/") or place.startswith(f"{name}/")


def is_shared_values(name: str, directories: Iterable[str]) -> bool:
    """True for a tfvars file in infra/ that belongs to no Environment alone."""
    return (
        name.startswith("infra/")
        and name.endswith(_VALUES)
        and not any(is_below(name, directory) for directory in directories)
    )


def when_modified(inputs: StackInputs, shared_values: Iterable[str]) -> tuple[str, ...]:
    """Patterns of Atlantis, relative to the Stack's folder, for all that a plan of the Stack depends on.

    A folder has one for itself as well: it may be a submodule, or become a link.
    """
    directory = posixpath.normpath(inputs.directory)
    folders = [folder for folder in inputs.modules if not folder.startswith(f"{directory}/")]
    names = (
        module_lock.FILE,
        ENVIRONMENTS,
        *(pattern for folder in (POLICY, *folders) for pattern in (_literal(folder), f"{_literal(folder)}/**/*")),
        *(_literal(name) for name in (*inputs.files, *shared_values)),
    )
    return (".", "**/*", *dict.fromkeys(posixpath.relpath(name, directory) for name in names))


def _literal(name: str) -> str:
    """A name as a pattern that matches only it."""
    return "".join(f"\\{letter}" if letter in "*?[]\\" else letter for letter in name)
