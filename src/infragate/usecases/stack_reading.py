"""Follows the code of a Stack to all files of the checkout that a plan of it depends on."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path

from infragate.adapters.local import tree_digest
from infragate.adapters.modules import module_calls
from infragate.domain.environment import Environment
from infragate.domain.front_doors.stack_inputs import StackInputs
from infragate.usecases import judge_configuration
from infragate.usecases.judge_configuration import JudgeRequest

_HIDDEN = frozenset((".git", ".terraform"))


def inputs(root: Path, environment: Environment) -> StackInputs:
    """What a Stack reads; without a folder it reads nothing yet.

    Raises:
        BadInput: its code, or a local module, cannot be read. Integrity: the module lock is damaged.
    """
    stack, directory = root / environment.directory, posixpath.normpath(environment.directory)
    if not stack.is_dir():
        return StackInputs(environment=environment.name, directory=directory)
    calls = module_calls.read_all(stack, relative_to=root).values()
    outside = judge_configuration.run(JudgeRequest(root=root, environment=environment)).outside
    folders = {
        module_calls.local_folder(call.folder, call.source.address, root)
        for call in calls
        if call.source is not None and call.source.kind == "local"
    }
    linked = {target for folder in (stack, *folders) for target in _linked(folder)}
    modules = _names(root, folders)
    own = (directory, *modules)
    return StackInputs(
        environment=environment.name,
        directory=directory,
        modules=modules,
        files=tuple(
            name
            for name in _names(root, {*outside, *linked})
            if not any(name == folder or name.startswith(f"{folder}/") for folder in own)
        ),
    )


def _linked(folder: Path) -> Iterator[Path]:
    """Where the links of a folder lead, and where the folder is itself."""
    yield Path(os.path.realpath(folder))
    for _, entry in tree_digest.walk(folder, skip=_HIDDEN.__contains__):
        if entry.is_symlink():
            yield Path(os.path.realpath(entry.path))


def _names(root: Path, places: set[Path]) -> tuple[str, ...]:
    """The names of places in the checkout, sorted; a link out of it leads to nothing that a diff could show."""
    base = Path(os.path.realpath(root))
    resolved = {Path(os.path.realpath(place.parent)) / place.name for place in places}
    return tuple(sorted(place.relative_to(base).as_posix() for place in resolved if place.is_relative_to(base)))
