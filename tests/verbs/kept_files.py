"""Folders as they are at a moment: what a test changes in them is undone, without making them again."""

from __future__ import annotations

import os
import shutil
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# The clock of a file system may tick as seldom as every hundredth of a second: within this time after a file was
# written it can be written again without a trace in what the file system tells of it.
_TICK = 50_000_000
Found = dict[str, os.stat_result]


@dataclass(slots=True)
class _Kept:
    """A file, link or folder.

    Attributes:
        content: of a file; where a link points to; None for a folder.
        signature: what the file system told of it with this content.
        seen: when it told that.
    """

    mode: int
    content: bytes | str | None
    signature: tuple[int, ...]
    seen: int


class KeptFiles:
    """What folders hold, or files. One that is not there is to be none again.

    Args:
        passed_over: names of folders whose content is left as it is: stores that are only added to.
    """

    def __init__(self, *roots: Path, passed_over: tuple[str, ...] = ()) -> None:
        self._roots = [str(root) for root in roots]
        self._passed_over = passed_over
        self._kept = {path: _kept(path, status) for path, status in self._look().items()}

    def restore(self) -> None:
        """Make the folders hold that again, and nothing else."""
        found = self._look()
        for path, status in found.items():
            kept = self._kept.get(path)
            if kept is None or stat.S_IFMT(status.st_mode) != stat.S_IFMT(kept.mode):
                _remove(path, status)
        for path, kept in self._kept.items():  # a folder comes before what is in it
            if path not in found or not _is_as_kept(path, found[path], kept):
                _write(path, kept)

    def _look(self) -> Found:
        found: Found = {}
        for root in self._roots:
            with suppress(FileNotFoundError):
                self._look_below(root, "", os.lstat(root), found)
        return found

    def _look_below(self, path: str, name: str, status: os.stat_result, found: Found) -> None:
        found[path] = status
        if stat.S_ISDIR(status.st_mode) and name not in self._passed_over:
            with os.scandir(path) as entries:
                for entry in entries:
                    self._look_below(entry.path, entry.name, entry.stat(follow_symlinks=False), found)


def _kept(path: str, status: os.stat_result) -> _Kept:
    now = time.time_ns()
    return _Kept(status.st_mode, _content(path, status.st_mode), _signature(status), now)


def _signature(status: os.stat_result) -> tuple[int, ...]:
    return status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _content(path: str, mode: int) -> bytes | str | None:
    if stat.S_ISLNK(mode):
        return str(Path(path).readlink())
    return Path(path).read_bytes() if stat.S_ISREG(mode) else None


def _is_as_kept(path: str, status: os.stat_result, kept: _Kept) -> bool:
    if kept.content is None:
        return status.st_mode == kept.mode
    if _signature(status) != kept.signature:
        return False
    now = time.time_ns()
    if status.st_ctime_ns > kept.seen - _TICK:
        if _content(path, status.st_mode) != kept.content:
            return False
        kept.seen = now
    return True


def _remove(path: str, status: os.stat_result) -> None:
    with suppress(FileNotFoundError):  # it went with its folder
        if stat.S_ISDIR(status.st_mode):
            shutil.rmtree(path)
        else:
            Path(path).unlink()


def _write(name: str, kept: _Kept) -> None:
    """The folder it is in is there."""
    path = Path(name)
    if kept.content is None:
        path.mkdir(exist_ok=True)
    else:
        path.unlink(missing_ok=True)  # what is linked to it elsewhere stays as it is
    if isinstance(kept.content, str):
        path.symlink_to(kept.content)
    else:
        if kept.content is not None:
            path.write_bytes(kept.content)
        path.chmod(stat.S_IMODE(kept.mode))
    kept.signature, kept.seen = _signature(path.lstat()), time.time_ns()
