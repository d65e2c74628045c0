"""Several files changed together: all or none, even when the program is killed in between.

What will be written and what was there is kept first; then each file is renamed into place, so each is whole at every
moment. A run that was killed leaves its journal, and the next one puts everything back.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infragate.adapters.local import files, own_folder
from infragate.domain.errors import BadInput, Integrity

_JOURNAL = "journal.json"


def apply(root: Path, changes: Mapping[str, bytes | None]) -> None:
    """Give files of a checkout new contents.

    Args:
        changes: by path below `root`; None removes the file.

    Raises:
        BadInput: a file is read-only, no plain file, or cannot be written; nothing is changed then.
    """
    recover(root)
    for name in changes:
        _refuse_unwritable(root / name)
    folder = _folder(root)
    try:
        files.private_folder(folder)
        entries = [_staged(folder, root, number, name, new) for number, (name, new) in enumerate(changes.items())]
        files.write(folder / _JOURNAL, json.dumps(entries), mode=0o600)  # from here on, killed means: put back
        for entry in entries:
            _put(folder, root, entry, "new")
        _forget(folder)
    except BaseException as error:
        recover(root)
        if isinstance(error, OSError):
            raise BadInput(
                f"the change could not be written: {error.strerror}; every file is as it was",
                where=str(error.filename or root),
                fix="check space and rights, then run it again",
            ) from error
        raise


def pending(root: Path) -> bool:
    """Whether a change was interrupted and its files wait to be put back."""
    return (_folder(root) / _JOURNAL).is_file()


def recover(root: Path) -> tuple[str, ...]:
    """Put back what an interrupted change has written; the names of those files.

    Raises:
        Integrity: somebody has edited one of them since.
    """
    folder = _folder(root)
    text = files.recall(folder / _JOURNAL)
    if text is None:
        _forget(folder)
        return ()
    entries = _journal(folder, text)
    for entry in entries:
        if _digest(root / entry["path"]) not in (entry["old"], entry["new"]):
            raise Integrity(
                f"{entry['path']} was edited after a change of several files was interrupted",
                where=str(folder),
                fix="keep your edit elsewhere, git checkout the file, then run it again",
            )
    back = [entry for entry in entries if _digest(root / entry["path"]) != entry["old"]]
    for entry in back:
        _put(folder, root, entry, "old")
    _forget(folder)
    return tuple(entry["path"] for entry in back)


def _journal(folder: Path, text: str) -> list[dict[str, Any]]:
    try:
        return [{name: entry[name] for name in ("path", "number", "old", "new")} for entry in json.loads(text)]
    except (ValueError, KeyError, TypeError) as broken:
        raise Integrity(
            "what an interrupted change has noted cannot be read",
            where=str(folder / _JOURNAL),
            fix=f"git status and git checkout the files that it left, then rm -r {folder}",
        ) from broken


def _folder(root: Path) -> Path:
    return root / own_folder.NAME / "change"


def _staged(folder: Path, root: Path, number: int, name: str, new: bytes | None) -> dict[str, Any]:
    place = root / name
    mode = place.stat().st_mode & 0o777 if place.exists() else 0o644
    old = place.read_bytes() if place.exists() else None
    for kind, content in (("old", old), ("new", new)):
        if content is not None:
            files.write(folder / f"{number}.{kind}", content, mode=mode)
    return {"path": name, "number": number, "old": _sha(old), "new": _sha(new)}


def _put(folder: Path, root: Path, entry: dict[str, Any], kind: str) -> None:
    """Move one kept content into its place; the journal's folder lies in the checkout, so it is one rename."""
    place = root / entry["path"]
    if entry[kind] is None:
        place.unlink(missing_ok=True)
        return
    kept = folder / f"{entry['number']}.{kind}"
    place.parent.mkdir(parents=True, exist_ok=True)
    kept.replace(place)
    handle = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _forget(folder: Path) -> None:
    (folder / _JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _refuse_unwritable(place: Path) -> None:
    if place.is_symlink() or (place.exists() and not place.is_file()):
        raise BadInput("not a plain file", where=str(place), fix="put a file there instead of a link, pipe or folder")
    if place.exists() and not place.stat().st_mode & 0o200:
        raise BadInput("the file is read-only", where=str(place), fix=f"chmod u+w {place.name}, then run it again")


def _digest(place: Path) -> str | None:
    return _sha(place.read_bytes()) if place.is_file() else None


def _sha(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()
