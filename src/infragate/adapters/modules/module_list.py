"""The only reader of `modules/modules.json`, the list of modules that `terraform init` wrote to its data folder."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import files, tree_digest
from infragate.domain.errors import BadInput
from infragate.domain.modules import module_source
from infragate.domain.modules.module_source import ModuleSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModule:
    """One entry.

    Attributes:
        key: the names of nested calls, joined by dots; "" for the Stack itself.
        folder: folder of its code: relative to the Stack's folder, or absolute.
    """

    key: str
    source: ModuleSource
    written_source: str
    version: str
    folder: str


def path(data_folder: Path) -> Path:
    return data_folder / "modules" / "modules.json"


def read(data_folder: Path) -> tuple[ListedModule, ...]:
    """All entries; none if the list does not exist."""
    try:
        text = files.read(path(data_folder))
        entries = [] if text is None else json.loads(text)["Modules"]
        return tuple(
            ListedModule(
                key=str(entry["Key"]),
                source=module_source.parse(str(entry["Source"])),
                written_source=str(entry["Source"]),
                version=str(entry.get("Version", "")),
                folder=str(entry["Dir"]),
            )
            for entry in entries
        )
    except (BadInput, ValueError, KeyError, TypeError, AttributeError) as broken:
        raise BadInput(
            "Terraform's list of modules cannot be read",
            where=str(path(data_folder)),
            fix="remove that folder, then plan again",
        ) from broken


def folders(data_folder: Path, stack_folder: Path) -> dict[str, Path]:
    """The folder of each module call's code, by key; the Stack itself has the key "".

    Raises:
        BadInput: as `read`.
    """
    base, known = stack_folder.absolute(), dict[str, str]()
    return {module.key: Path(_real(str(base / module.folder), known)) for module in read(data_folder)}


def _real(path: str, known: dict[str, str]) -> str:
    """As `os.path.realpath`, which would look at each folder above the modules once for every module."""
    above, name = os.path.split(path)
    if name in ("", ".", "..") or above == "/":
        return os.path.realpath(path)
    if above not in known:
        known[above] = _real(above, known)
    place = os.path.join(known[above], name)  # noqa: PTH118 - hundreds of paths: as texts
    return os.path.realpath(place) if os.path.islink(place) else place  # noqa: PTH114 - is_symlink may raise


def resolved(data_folder: Path, stack_folder: Path) -> tuple[str | None, tuple[Path, ...]]:
    """A digest of the called modules (None if there are none), and the folders of local modules.

    What an `init` that failed has left beside the called modules is not part of the digest.

    Args:
        data_folder: TF_DATA_DIR; absolute.

    Raises:
        BadInput: the list or a fetched file cannot be read.
    """
    called = _called(data_folder, stack_folder)
    if not called:
        return None, ()
    packages: set[Path] = set()
    rows = []
    for module, folder in called:
        is_fetched = folder.is_relative_to(data_folder)
        name = os.path.relpath(folder, data_folder) if is_fetched else ""
        if is_fetched:
            packages.add(data_folder.joinpath(*Path(name).parts[:2]))
        rows.append([module.key, module.written_source, module.version, name])
    content = tree_digest.digest([package for package in packages if package.exists()], relative_to=data_folder)
    digest = hashlib.sha256(json.dumps([sorted(rows), content]).encode()).hexdigest()
    return digest, _local(called, data_folder, stack_folder)


def local_folders(data_folder: Path, stack_folder: Path) -> tuple[Path, ...]:
    """The folders of local modules, as `resolved` has them; no module is read.

    Raises:
        BadInput: as `read`.
    """
    return _local(_called(data_folder, stack_folder), data_folder, stack_folder)


def _called(data_folder: Path, stack_folder: Path) -> list[tuple[ListedModule, Path]]:
    """The modules that are called, and the folder of each one's code."""
    return [
        (module, Path(os.path.normpath(stack_folder / module.folder))) for module in read(data_folder) if module.key
    ]


def _local(called: list[tuple[ListedModule, Path]], data_folder: Path, stack_folder: Path) -> tuple[Path, ...]:
    return tuple(folder for _, folder in called if not folder.is_relative_to(data_folder) and folder != stack_folder)
