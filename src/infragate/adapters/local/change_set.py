"""Change several files of a checkout: all or none, even if the program is killed.

The change is a commit. Its id is written to a ref of the worktree (NOTE), all new contents to infragate's folder, and then
each file is moved into place. A killed run leaves the note, and the next run restores the files. A note has no paths, and
neither a clone nor a commit can contain one, so a foreign checkout cannot choose the files that infragate writes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.git import ChangedFile
from infragate.adapters.local import files, own_folder
from infragate.domain.command import Command
from infragate.domain.errors import BadInput, Integrity, ToolFailed

NOTE = "refs/worktree/infragate/change"


def apply(root: Path, start: str, judged: str) -> None:
    """Write the files of the commit `judged` to a clean checkout of the commit `start`; HEAD and the index stay.

    Raises:
        BadInput: a file is read-only, not a regular file, or cannot be written; then every file is unchanged.
    """
    recover(root)
    changed = git.changed_files(root, start, judged)
    for file in changed:
        _refuse_unwritable(root, file.name)
    git.note(root, NOTE, tree=judged, parent=start)  # from now on, a killed run is undone
    try:
        _write(root, [(file.name, file.after) for file in changed])
        _end(root)
    except BaseException as error:
        recover(root)
        if isinstance(error, OSError | ToolFailed):
            reason = f": {error.strerror}" if isinstance(error, OSError) else ""
            raise BadInput(
                f"cannot write the change{reason}; every file is unchanged",
                where=str(root),
                fix="check disk space and permissions, then run it again",
            ) from error
        raise


def refuse_interrupted(root: Path) -> None:
    """Refuse a checkout in which some files are new and some are old.

    Raises:
        Integrity: a change was interrupted, and its files have not been restored.
    """
    if git.refs(root, NOTE):
        raise Integrity(
            "a change of pins was interrupted: some files are new and some are old",
            where=str(root),
            fix=(Command("modules-lock", ("--check",)), " restores the files"),
        )


def recover(root: Path) -> tuple[str, ...]:
    """Restore the files that an interrupted change has written; return their names.

    Raises:
        Integrity: a file was edited since, or the commits of the note are gone.
    """
    if not git.refs(root, NOTE):
        shutil.rmtree(_folder(root), ignore_errors=True)
        return ()
    try:
        changed = git.changed_files(root, f"{NOTE}^", NOTE)
    except ToolFailed as failed:
        raise Integrity(
            f"the note of an interrupted change cannot be read: {failed.message}",
            where=NOTE,
            fix=f"restore the files (git status, git checkout), then git update-ref -d {NOTE}",
        ) from failed
    written = tuple(_still_written(root, changed))
    _write(root, [(file.name, file.before) for file in written])
    _end(root)
    return tuple(file.name for file in written)


def _still_written(root: Path, changed: Iterable[ChangedFile]) -> Iterator[ChangedFile]:
    """The files that still have the content of the change."""
    for file in changed:
        place = root / file.name
        blob = git.blob_of(root, file.name) if place.is_file() else None
        if not _is_regular(root, file.name) or blob not in (file.before, file.after):
            raise Integrity(
                f"{file.name} was edited after a change of several files was interrupted",
                where=str(place),
                fix="save your edit elsewhere, git checkout the file, then run it again",
            )
        if blob != file.before:
            yield file


def _write(root: Path, blobs: Sequence[tuple[str, str | None]]) -> None:
    """Write blobs to files; None removes the file."""
    own_folder.of(root)
    folder = _folder(root)
    shutil.rmtree(folder, ignore_errors=True)
    files.private_folder(folder)
    for number, (name, blob) in enumerate(blobs):
        if blob is not None:
            place, staged = root / name, folder / str(number)
            git.write_blob(root, name, blob, staged)
            staged.chmod(place.stat().st_mode & 0o777 if place.exists() else 0o644)
    for number, (name, blob) in enumerate(blobs):
        place = root / name
        if blob is None:
            place.unlink(missing_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            files.move(folder / str(number), place)


def _end(root: Path) -> None:
    git.run(root, "update-ref", "-d", NOTE)
    shutil.rmtree(_folder(root), ignore_errors=True)


def _folder(root: Path) -> Path:
    return own_folder.path(root) / "change"


def _refuse_unwritable(root: Path, name: str) -> None:
    place = root / name
    if not _is_regular(root, name):
        raise BadInput("not a regular file", where=str(place), fix="replace the link, pipe or folder by a file")
    if place.exists() and not place.stat().st_mode & 0o200:
        raise BadInput("the file is read-only", where=str(place), fix=f"chmod u+w {place.name}, then run it again")


def _is_regular(root: Path, name: str) -> bool:
    """True for a regular file or a free name whose path has no link."""
    place = root / name
    return place.resolve() == root.resolve() / name and (place.is_file() or not place.exists())
