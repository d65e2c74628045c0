"""Digests over folders: names, kinds, executable bits and contents; in no way dependent on order or separators.

What a link shows counts as well, where it lies in the same checkout: Terraform reads through it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from infragate.adapters.local import files
from infragate.domain.errors import BadInput

# What Terraform itself leaves in a Stack's folder; none of it is configuration.
LEFTOVERS = frozenset(
    {".terraform", ".terraform.tfstate.lock.info", "terraform.tfstate", "errored.tfstate", "crash.log"}
)


def digest(folders: Collection[Path], *, relative_to: Path, leave_out: Collection[Path] = ()) -> str:
    """sha256 over every file below the folders.

    Args:
        relative_to: names are counted from here, so that a checkout may lie anywhere.
        leave_out: absolute paths of files that do not count.

    Raises:
        BadInput: a file cannot be read, or is none (a pipe, a device).
    """
    ignored = {path.absolute() for path in leave_out}
    rows: list[list[object]] = []
    try:
        for folder in sorted({folder.absolute() for folder in folders}):
            rows += [_row(path, relative_to) for path in _walk(folder) if path.absolute() not in ignored]
    except OSError as error:
        raise BadInput(
            f"cannot read the Stack's files: {error.strerror}", where=str(error.filename), fix="check its rights"
        ) from error
    return hashlib.sha256(json.dumps(sorted(rows, key=json.dumps)).encode()).hexdigest()


def _row(path: Path, relative_to: Path) -> list[object]:
    name = os.path.relpath(path, relative_to)
    if path.is_symlink():
        return [name, "link", str(path.readlink()), _behind(path, relative_to)]
    if not path.is_file():
        raise BadInput("neither a file nor a folder", where=name, fix="remove it, then plan again")
    executable = bool(path.stat().st_mode & 0o100)
    return [name, "program" if executable else "file", files.sha256(path)]


def _behind(link: Path, root: Path) -> str:
    """Digest of what a link shows; "" for nothing, for a folder that holds the link, and for what lies outside."""
    target = link.resolve()
    if not target.is_relative_to(root.resolve()) or link.absolute().is_relative_to(target):
        return ""
    if target.is_dir():
        return digest([target], relative_to=target)
    return files.sha256(target) if target.is_file() else ""


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name in LEFTOVERS or entry.name == ".git":
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _walk(entry)
        else:
            yield entry


def modules(data_folder: Path, stack_folder: Path) -> tuple[str | None, tuple[Path, ...]]:
    """What `terraform init` resolved: a digest of the fetched modules, and the folders of local ones.

    Args:
        data_folder: TF_DATA_DIR; it holds `modules/modules.json` when there are modules.

    Raises:
        BadInput: that list cannot be read.
    """
    try:
        listed = files.read(data_folder / "modules" / "modules.json")
        if listed is None:
            return None, ()
        entries = [
            (str(e["Key"]), str(e["Source"]), str(e.get("Version", "")), str(e["Dir"]))
            for e in json.loads(listed)["Modules"]
        ]
    except (BadInput, ValueError, KeyError, TypeError) as broken:
        raise BadInput(
            "the module list of init cannot be read", where=str(data_folder), fix="remove that folder, plan again"
        ) from broken
    local: list[Path] = []
    rows = []
    for key, source, version, folder in entries:
        place = Path(os.path.normpath(stack_folder / folder))
        fetched = place.is_relative_to(data_folder)
        if not fetched and place != stack_folder:
            local.append(place)
        rows.append([key, source, version, os.path.relpath(place, data_folder) if fetched else ""])
    content = digest(
        [data_folder / "modules"], relative_to=data_folder, leave_out=[data_folder / "modules" / "modules.json"]
    )
    return hashlib.sha256(json.dumps([sorted(rows), content]).encode()).hexdigest(), tuple(local)
