"""The command line of bubblewrap, which gives a program a view of the file system that holds only what its wall names."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from infragate.adapters.local import settings
from infragate.adapters.process.wall import READ_DEVICES, WRITE_DEVICES, Wall

# No namespace for process ids: the first process in one ignores Ctrl-C until it handles it, and does not pass it on.
_SHARED_NOTHING = ("--unshare-ipc", "--unshare-uts")
# Root has to read and write folders of others; an ordinary user has no capabilities here at all.
_CAPABILITIES = (
    "--cap-drop",
    "ALL",
    "--cap-add",
    "CAP_DAC_OVERRIDE",
    "--cap-add",
    "CAP_FOWNER",
    "--cap-add",
    "CAP_CHOWN",
)


def program() -> Path | None:
    """bubblewrap on PATH."""
    path = shutil.which("bwrap", path=settings.search_path())
    return Path(path) if path and Path(path).is_absolute() else None


def command(program: Path, wall: Wall, *, cwd: Path | None, root: bool, descriptors: Mapping[str, int]) -> list[str]:
    """The start of a command line; the program and its arguments follow.

    Args:
        cwd: the program's working folder; None for the root of its view.
        root: we are root.
        descriptors: `seccomp` and `info-fd` of bubblewrap.
    """
    options = [word for name, number in descriptors.items() for word in (f"--{name}", str(number))]
    binds = _binds(set(_both(wall.readable)), set(_both(wall.writable)))
    devices = [word for device in (*READ_DEVICES, *WRITE_DEVICES) for word in ("--dev-bind", str(device), str(device))]
    own = _CAPABILITIES if root else ()
    last = ("--remount-ro", "/", "--chdir", str(cwd or "/"), "--")
    return [str(program), *_SHARED_NOTHING, *own, *options, *binds, *devices, *last]


def _both(paths: Iterable[Path]) -> Iterator[Path]:
    """Each existing path, and where it really is: a link may lead to either."""
    for path in paths:
        if path.exists():
            yield from (path, path.resolve())


def _binds(readable: set[Path], writable: set[Path]) -> Iterator[str]:
    """Outer folders first; what lies in one that is bound with these rights already is there."""
    bound: dict[Path, bool] = {}
    for path in sorted(readable | writable, key=lambda path: path.parts):
        written = path in writable
        outer = next((bound[folder] for folder in path.parents if folder in bound), None)
        # Inside a bound folder a link is a link: what it leads to is among the paths.
        if outer is not None and (outer or not written or path.resolve() != path):
            continue
        bound[path] = written
        if path.is_symlink() and len(path.parts) == 2:  # /bin -> usr/bin
            yield from ("--symlink", str(path.readlink()), str(path))
        else:
            yield from ("--bind" if written else "--ro-bind", str(path), str(path))
