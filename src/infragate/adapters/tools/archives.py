"""Extracts one named file from an archive; no name inside the archive is used as a path."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from infragate.adapters.local import files
from infragate.domain.errors import BadInput, ToolFailed


def extract_member(archive: Path, kind: str, member: str, target: Path) -> None:
    """Write one member to `target`, executable.

    Args:
        kind: `zip`, `tar.gz` or `none` (the file itself is the program).

    Raises:
        BadInput: another kind of archive, or no such member: tools.lock is wrong.
        ToolFailed: the disk is full.
    """
    try:
        with (
            _open_member(archive, kind, member) as source,
            files.writing(target, mode=0o755, failure=ToolFailed) as sink,
        ):
            shutil.copyfileobj(source, sink)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise BadInput(
            f"cannot extract {member} from {archive.name} as {kind}: {error}",
            where="tools.lock",
            fix="correct archive or member",
        ) from error


@contextmanager
def _open_member(archive: Path, kind: str, member: str) -> Iterator[IO[bytes]]:
    if kind == "zip":
        with zipfile.ZipFile(archive) as box, box.open(member) as source:
            yield source
    elif kind == "tar.gz":
        with tarfile.open(archive, "r:gz") as tar:
            packed = tar.extractfile(member) if tar.getmember(member).isfile() else None
            if packed is None:
                raise KeyError(f"{member} is not a regular file")
            with packed:
                yield packed
    else:
        with archive.open("rb") as program:
            yield program
