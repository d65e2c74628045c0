"""Secret keys of this user, in the state folder: they seal data that infragate reads again later.

A key is made at its first use and readable by its owner only. Whatever runs behind the isolation cannot read it.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from infragate.adapters.local import files, settings
from infragate.domain.errors import BadInput

SIZE = 32


def file(name: str) -> Path:
    """The file of a key, made if it does not exist.

    Raises:
        BadInput: it cannot be made.
    """
    folder = files.private_folder(settings.state_folder() / "keys")
    path = folder / name
    if not os.path.lexists(path):
        fresh = folder / f".{name}.{secrets.token_hex(8)}"
        files.write(fresh, secrets.token_bytes(SIZE), mode=0o600)
        with suppress(FileExistsError):  # of two runs that start at the same time, one makes the key
            os.link(fresh, path)
        fresh.unlink()
    return path


def read(name: str) -> bytes:
    """The key: SIZE random bytes.

    Raises:
        BadInput: it cannot be made or read, others can read it, or it is not a key of this user.
    """
    path = file(name)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as source:
            status, content = os.fstat(descriptor), source.read(SIZE + 1)
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise _refused(path, "is not a file that only you can read")
    if len(content) != SIZE:
        raise _refused(path, "is damaged")
    return content


def _refused(path: Path, why: str) -> BadInput:
    return BadInput(
        f"infragate's key {why}", where=str(path), fix="remove it, then run it again: what it sealed is void"
    )
