"""Several files of a checkout changed together: all or none, also when the program is killed in between.

The change is a commit. It is noted in a ref of this worktree, all new contents are written to our own folder, and then
each is renamed into place. A run that was killed leaves the note, and the next one puts the files back. The note is a
commit id and no path, and neither a clone nor a commit can bring one: a foreign checkout cannot make us write anywhere.
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
    """Give a clean checkout of the commit `start` the files of the commit `judged`; neither HEAD nor the index changes.

    Raises:
        BadInput: a file is read-only, not a regular file, or cannot be written; every file is as it was then.
    """
    recover(root)
    changed = git.changed_files(root, start, judged)
    for file in changed:
        _refuse_unwritable(root, file.name)
    git.note(root, NOTE, tree=judged, parent=start)  # from here on, killed means: put back
    try:
        _write(root, [(file.name, file.after) for file in changed])
        _end(root)
    except BaseException as error:
        recover(root)
        if isinstance(error, OSError | ToolFailed):
            reason = f": {error.strerror}" if isinstance(error, OSError) else ""
            raise BadInput(
                f"the change could not be written{reason}; every file is as it was",
                where=str(root),
                fix="check space and rights, then run it again",
            ) from error
        raise


def refuse_interrupted(root: Path) -> None:
    """Nothing is made of files of which some are new and some are old.

    Raises:
        Integrity: a change was interrupted, and its files wait to be put back.
    """
    if git.ref(root, NOTE):
        raise Integrity(
            "a change of pins was interrupted: some files are new and some are old",
            where=str(root),
            fix=(Command("modules-lock", ("--check",)), ": it puts them back, and says so"),
        )


def recover(root: Path) -> tuple[str, ...]:
    """Put back what an interrupted change has written; the names of those files.

    Raises:
        Integrity: somebody has edited one of them since, or the commits of the note are gone.
    """
    if git.ref(root, NOTE) is None:
        shutil.rmtree(_folder(root), ignore_errors=True)
        return ()
    try:
        changed = git.changed_files(root, f"{NOTE}^", NOTE)
    except ToolFailed as failed:
        raise Integrity(
            f"the note of an interrupted change cannot be read: {failed.message}",
            where=NOTE,
            fix=f"git status and git checkout the files that it left, then git update-ref -d {NOTE}",
        ) from failed
    written = tuple(_still_written(root, changed))
    _write(root, [(file.name, file.before) for file in written])
    _end(root)
    return tuple(file.name for file in written)


def _still_written(root: Path, changed: Iterable[ChangedFile]) -> Iterator[ChangedFile]:
    """The files that are not as they were before the change."""
    for file in changed:
        place = root / file.name
        there = git.blob_of(root, file.name) if place.is_file() else None
        if not _is_regular(root, file.name) or there not in (file.before, file.after):
            raise Integrity(
                f"{file.name} was edited after a change of several files was interrupted",
                where=str(place),
                fix="keep your edit elsewhere, git checkout the file, then run it again",
            )
        if there != file.before:
            yield file


def _write(root: Path, blobs: Sequence[tuple[str, str | None]]) -> None:
    """Give files the contents of blobs; None removes the file.

    Raises:
        OSError, ToolFailed: not all could be written.
    """
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
            (folder / str(number)).replace(place)


def _end(root: Path) -> None:
    """From here on it counts."""
    git.delete_ref(root, NOTE)
    shutil.rmtree(_folder(root), ignore_errors=True)


def _folder(root: Path) -> Path:
    return root / own_folder.NAME / "change"


def _refuse_unwritable(root: Path, name: str) -> None:
    place = root / name
    if not _is_regular(root, name):
        fix = "put a file there instead of a link, pipe or folder"
        raise BadInput("not a regular file", where=str(place), fix=fix)
    if place.exists() and not place.stat().st_mode & 0o200:
        raise BadInput("the file is read-only", where=str(place), fix=f"chmod u+w {place.name}, then run it again")


def _is_regular(root: Path, name: str) -> bool:
    """True if nothing is there or a file is, and no link lies on the way."""
    place = root / name
    return place.resolve() == root.resolve() / name and (place.is_file() or not place.exists())
