"""The only reader and writer of `policy/policies.lock`."""

from __future__ import annotations

from pathlib import Path

from infragate.adapters.local import files
from infragate.domain.gate import policy_lock
from infragate.domain.gate.policy_lock import FILE, PolicyLock


def load(root: Path) -> PolicyLock:
    """The lock below a folder; empty if there is no file.

    Raises:
        Integrity: it is damaged. BadInput: it cannot be read.
    """
    text = files.read(files.unlinked(root, FILE))
    return PolicyLock() if text is None else policy_lock.parse(text)


def save(root: Path, lock: PolicyLock) -> bool:
    """Write the lock, or remove the file of an empty one; True if that changed it."""
    path = files.unlinked(root, FILE)
    if files.read(path) == (lock.text() if lock.pins else None):
        return False
    if lock.pins:
        files.write(path, lock.text())
    else:
        path.unlink()
    return True
