"""The only writer of files: a file is written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from infragate.domain.command import Advice, Command
from infragate.domain.errors import BadInput, InfragateError

LIMIT = 32 * 2**20  # bytes of a file that people write
_PART = 2**16  # bytes that are read at once for a digest
PLAN_LIMIT = 512 * 2**20  # bytes of a plan as JSON; 50,000 changes have 40 MB
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


def content(path: Path, *, limit: int = LIMIT, name: str | None = None) -> bytes | None:
    """The bytes of a file, or None when it does not exist.

    Args:
        name: of the file in messages.

    Raises:
        BadInput: it is no regular file, has more than `limit` bytes, or cannot be read.
    """
    where = name or str(path)
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # a pipe would be waited for
            raise BadInput(f"cannot read {path.name}: not a regular file", where=where, fix="replace it by a file")
        if about.st_size > limit:
            size = f"{limit >> 20} MiB" if limit >> 20 else f"{limit >> 10} KiB" if limit >> 10 else f"{limit} bytes"
            raise BadInput(f"larger than {size}", where=where, fix="check what wrote it")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        fix = "check the file type and its permissions"
        raise BadInput(f"cannot read {path.name}: {error.strerror}", where=where, fix=fix) from error


def read(path: Path) -> str | None:
    """The text of a file that people edit, or None when it does not exist.

    Raises:
        BadInput: as `content`, or it is not UTF-8.
    """
    data = content(path)
    try:
        return None if data is None else io.TextIOWrapper(io.BytesIO(data), encoding="utf-8").read()
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name} is not UTF-8 text", where=str(path), fix="save the file as UTF-8") from error


def unlinked(root: Path, relative: Path | str) -> Path:
    """The path of a file that decides.

    Raises:
        BadInput: it, or a folder above it in `root`, is a symbolic link: it could show any file of this machine.
    """
    path = root / relative
    for place in (path, *path.parents):
        if place == root:
            break
        if place.is_symlink():
            name = place.relative_to(root).as_posix()
            raise BadInput(
                f"{name} is a symbolic link", where=name, fix="replace the link by the file or folder itself"
            )
    return path


def size(path: Path) -> int:
    """The bytes of a file; 0 if it cannot be read."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


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


def sha256(path: Path | str) -> str:
    """Hex digest of a file's bytes."""
    total = hashlib.sha256()
    with io.FileIO(path) as source:  # most files are small, and a buffer would cost more than their reading
        while part := source.read(_PART):
            total.update(part)
    return total.hexdigest()


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
            fix="make its parent folder writable, or set HOME to a folder that is",
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
