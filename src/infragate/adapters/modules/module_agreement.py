"""Compares the module calls that infragate reads in the code with those that Terraform has resolved.

A check of the code holds only if both read the same calls. Modules inside fetched packages are not compared: their code
is locked by content, and what they call is taken from Terraform's list.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from infragate.adapters.modules import module_calls, module_list
from infragate.adapters.modules.module_calls import ModuleCall
from infragate.adapters.modules.module_list import ListedModule
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.terraform import constraints


def agreed_calls(data_folder: Path, stack_folder: Path, *, root: Path) -> dict[str, ModuleCall]:
    """The calls of the Stack and of its local modules, by key, which are those in Terraform's list.

    Raises:
        BadInput: the code or the list cannot be read, or a source is not a plain string.
        Integrity: Terraform has other calls, or other sources for them.
    """
    calls = module_calls.read_all(stack_folder, relative_to=root)
    for key, call in calls.items():
        if call.source is None:
            raise BadInput(
                f"the source of module {key} is not a plain string, so it cannot be checked",
                where=call.where,
                fix='write it out: source = "..."',
            )
    if differences := tuple(_differences(calls, data_folder)):
        raise Integrity(
            f"Terraform and infragate read different module calls: {'; '.join(differences)}",
            where=str(stack_folder.relative_to(root)) if stack_folder.is_relative_to(root) else str(stack_folder),
            fix="write each module as a block of its own in a .tf file",
        )
    return calls


def is_current(data_folder: Path, stack_folder: Path, *, root: Path) -> bool:
    """True if the fetched modules match the calls in the code.

    Raises:
        BadInput: the list or the code cannot be read.
    """
    return not any(_differences(module_calls.read_all(stack_folder, relative_to=root), data_folder))


def forget_stale(data_folder: Path, stack_folder: Path, *, root: Path) -> None:
    """Remove fetched modules that do not match the calls in the code, or were fetched before the checkout was moved.

    Terraform never removes a call from its list, and `init` fails on folders of an old path ("file exists").

    Raises:
        BadInput: the list cannot be read.
    """
    is_usable = all(folder.is_dir() for folder in module_list.folders(data_folder, stack_folder).values())
    with suppress(BadInput):  # `init` reports code that cannot be read
        is_usable = is_usable and is_current(data_folder, stack_folder, root=root)
    if module_list.path(data_folder).is_file() and not is_usable:
        shutil.rmtree(data_folder / "modules")


def _differences(calls: Mapping[str, ModuleCall], data_folder: Path) -> Iterator[str]:
    listed = {module.key: module for module in module_list.read(data_folder) if module.key}
    remote = {key for key, module in listed.items() if module.source.kind != "local"}
    own = {key: module for key, module in listed.items() if not any(above in remote for above in _above(key))}
    for key in sorted(calls.keys() | own.keys()):
        if key not in own:
            yield f"{key} is in {calls[key].where}, but Terraform does not call it"
        elif key not in calls:
            yield f"{key} is called by Terraform ({own[key].source.address}), but is not read in the code"
        else:
            yield from _difference(key, calls[key], own[key])


def _difference(key: str, call: ModuleCall, module: ListedModule) -> Iterator[str]:
    version = constraints.exact(call.version)
    if call.source is not None and call.source.resolved != module.written_source:
        yield f"{key} in {call.where} is {call.source.address}, but Terraform has {module.source.address}"
    elif version is not None and version != module.version:
        yield f"{key} in {call.where} has version {version}, but Terraform has {module.version or 'none'}"


def _above(key: str) -> Iterator[str]:
    """The keys of the calls above a nested call."""
    while "." in key:
        key = key.rpartition(".")[0]
        yield key
