"""The only writer of files: a file is written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from infragate.domain.command import Advice, Command
from infragate.domain.errors import BadInput, InfragateError

FULL_DISK: Advice = (
    "free some space or choose another folder, then run it again (",
    Command("doctor"),
    " shows the disk)",
)


def write(path: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """Replace a file."""
    with writing(path, mode=mode) as sink:
        sink.write(content.encode() if isinstance(content, str) else content)


def copy(source: Path, target: Path) -> None:
    """A private copy of a file.

    Raises:
        BadInput: the file cannot be read, or as `writing`.
    """
    try:
        with source.open("rb") as data, writing(target, mode=0o600) as sink:
            shutil.copyfileobj(data, sink)
    except OSError as error:
        fix = "check the file type and its permissions"
        raise BadInput(f"cannot read {source.name}: {error.strerror}", where=str(source), fix=fix) from error


def move(source: Path, target: Path) -> None:
    """Put a file in the place of another, also on another file system; it keeps its mode.

    Raises:
        OSError: they are on one file system and it cannot be renamed. BadInput: as `write`.
    """
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        write(target, source.read_bytes(), mode=source.stat().st_mode & 0o777)
        source.unlink()


@contextmanager
def writing(path: Path, *, mode: int = 0o644, failure: type[InfragateError] = BadInput) -> Iterator[IO[bytes]]:
    """A temporary file beside `path`, which takes its place after fsync; removed when the block ends with an error.

    Raises:
        BadInput, or `failure`: the disk is full or the folder cannot be written; the old file is unchanged.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as sink:
            os.fchmod(sink.fileno(), mode)
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        Path(temporary).replace(path)
    except BaseException as error:  # also on Ctrl-C: a half-written file may hold a secret
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise failure(
            f"cannot write {path.name}: {error.strerror}; the old file is unchanged",
            where=str(path),
            fix=FULL_DISK,
        ) from error
    _sync_folder(path.parent)


def read(path: Path) -> str | None:
    """The text of a file that people edit, or None when it does not exist.

    Raises:
        BadInput: the file cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name} is not UTF-8 text", where=str(path), fix="save the file as UTF-8") from error
    except OSError as error:
        raise BadInput(
            f"cannot read {path.name}: {error.strerror}", where=str(path), fix="check the file type and its permissions"
        ) from error


def append(path: Path, text: str) -> None:
    """Add text at the end of a file that another program reads.

    Raises:
        BadInput: the file cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise BadInput(
            f"cannot write {path.name}: {error.strerror}", where=str(path), fix="check its folder"
        ) from error


def recall(path: Path) -> str | None:
    """The text of a file that infragate wrote; None when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def private_folder(path: Path) -> Path:
    """Create the folder with mode 0700 if it does not exist.

    Raises:
        BadInput: it cannot be created.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadInput(
            f"cannot create the folder: {error.strerror}",
            where=str(path),
            fix="make its parent folder writable, or work in a copy of the checkout",
        ) from error
    return path


def refuse_full_disk(folder: Path) -> None:
    """Refuse to go on with a full disk: some programs leave half a file then and report success.

    Raises:
        BadInput: less than 64 KiB is free.
    """
    if shutil.disk_usage(folder).free < 65536:
        raise BadInput("the disk is full: no space left", where=str(folder), fix=FULL_DISK)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
