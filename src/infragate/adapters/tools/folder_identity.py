"""The digest of a folder with thousands of files (a venv), cached until one of them changes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from infragate.adapters.local import files
from infragate.domain.errors import BadInput

Entry = tuple[str, os.stat_result]


def digest(folder: Path, *, without: str, cache: Path | None) -> str:
    """Hex SHA-256 over the names, links and contents of all files but the one named `without` at the top.

    Args:
        cache: folder of the cache entries; if None or not writable, nothing is cached.
    """
    left_out = str(folder / without)
    entries = sorted(entry for entry in _walk(str(folder)) if entry[0] != left_out)
    if cache is None:
        return _contents(folder, entries)
    stamp = hashlib.sha256(repr([_stamp(*entry) for entry in entries]).encode()).hexdigest()
    known = cache / f"{hashlib.sha256(str(folder).encode()).hexdigest()[:24]}.json"
    with suppress(ValueError, KeyError, TypeError):
        cached = json.loads(files.recall(known) or "{}")
        if cached["stamp"] == stamp:
            return str(cached["sha256"])
    sha256 = _contents(folder, entries)
    with suppress(BadInput):
        files.private_folder(cache)
        files.write(known, json.dumps({"stamp": stamp, "sha256": sha256}))
    return sha256


def _walk(folder: str) -> Iterator[Entry]:
    folders = [folder]
    while folders:
        with os.scandir(folders.pop()) as inside:
            for entry in inside:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    yield entry.path, entry.stat(follow_symlinks=False)


def _stamp(path: str, status: os.stat_result) -> tuple[object, ...]:
    return path, status.st_dev, status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _contents(folder: Path, entries: list[Entry]) -> str:
    total = hashlib.sha256()
    for name, _status in entries:
        path = Path(name)
        content = f"-> {path.readlink()}" if path.is_symlink() else files.sha256(path)
        total.update(f"{path.relative_to(folder)}\0{content}\0".encode())
    return total.hexdigest()
