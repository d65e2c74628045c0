"""Takes one named file out of an archive, and nothing else: no name inside an archive ever becomes a path."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import IO

from infragate.domain.errors import BadInput, ToolFailed

EXECUTABLE = 0o755


def extract_member(archive: Path, kind: str, member: str, target: Path) -> None:
    """Write one member to `target`, executable, flushed to the disk.

    Args:
        kind: `zip`, `tar.gz` or `none` (the file itself is the program).

    Raises:
        BadInput: not that kind of archive, or no such member: the lock file says something untrue.
        ToolFailed: the disk is full.
    """
    take = {"zip": _from_zip, "tar.gz": _from_tar, "none": _as_it_is}[kind]
    try:
        take(archive, member, target)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise BadInput(
            f"{member} cannot be taken out of {archive.name} as {kind}: {error}",
            where="tools.lock",
            fix="correct archive or member",
        ) from error
    except OSError as error:
        target.unlink(missing_ok=True)
        raise ToolFailed(
            f"cannot write {target.name}: {error.strerror}", where=str(target.parent), fix="free some space"
        ) from error


def _from_zip(archive: Path, member: str, target: Path) -> None:
    with zipfile.ZipFile(archive) as box, box.open(member) as source:
        _copy(source, target)


def _from_tar(archive: Path, member: str, target: Path) -> None:
    with tarfile.open(archive, "r:gz") as box:
        source = box.extractfile(member) if box.getmember(member).isfile() else None
        if source is None:
            raise KeyError(f"{member} is not a file")
        with source:
            _copy(source, target)


def _as_it_is(archive: Path, _member: str, target: Path) -> None:
    with archive.open("rb") as source:
        _copy(source, target)


def _copy(source: IO[bytes], target: Path) -> None:
    with target.open("wb") as sink:
        shutil.copyfileobj(source, sink)
        sink.flush()
        os.fchmod(sink.fileno(), EXECUTABLE)
        os.fsync(sink.fileno())
