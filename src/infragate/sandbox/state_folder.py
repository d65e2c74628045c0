"""The files of a checkout's sandbox, in infragate's folder for the checkout, readable by their owner only."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infragate.adapters.local import files, locks, own_folder
from infragate.domain.errors import Locked

LOCK_SECONDS = 180.0
SNAPSHOT, KEYS, MARKS = "emulator.snapshot", "keys.json", "seeded.json"
COPIED = (KEYS, MARKS, SNAPSHOT)  # the snapshot last: the others are useless without it


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFolder:
    """The folder's paths and records; a record that cannot be read counts as missing.

    It also has a folder for each Environment's plans. All names here have a dot, which no Environment's name has.
    """

    root: Path
    path: Path

    @classmethod
    def of(cls, root: Path) -> StateFolder:
        """The folder of a checkout; it need not exist."""
        return cls(root=root, path=own_folder.path(root) / "sandbox")

    @property
    def log(self) -> Path:
        return self.path / "emulator.log"

    @property
    def snapshot(self) -> Path:
        """The emulator's resources, written after seeding and when it ends."""
        return self.path / SNAPSHOT

    @property
    def module_repository(self) -> Path:
        """The bare git repository that stands in for the published modules."""
        return self.path / "modules.git"

    @property
    def port(self) -> int | None:
        """The port of this checkout, the same across restarts."""
        return _number(self.path / "emulator.port")

    @property
    def pid(self) -> int | None:
        """The process that was started last. It may have ended, and another program may have its id now."""
        return _number(self.path / "emulator.pid")

    @property
    def keys(self) -> Mapping[str, Any]:
        """Access keys of the sandbox's own users, by user name."""
        return _document(self.path / KEYS)

    @property
    def marks(self) -> Mapping[str, Any]:
        """The seeded parts, each with the digest of its inputs."""
        return _document(self.path / MARKS)

    def prepare(self) -> None:
        """Create the folder, readable by its owner only."""
        own_folder.of(self.root)
        files.private_folder(self.path).chmod(0o700)

    def record_process(self, pid: int, port: int) -> None:
        files.write(self.path / "emulator.port", f"{port}\n", mode=0o600)
        files.write(self.path / "emulator.pid", f"{pid}\n", mode=0o600)

    def forget_process(self) -> None:
        (self.path / "emulator.pid").unlink(missing_ok=True)

    def record_keys(self, keys: Mapping[str, Any]) -> None:
        files.write(self.path / KEYS, json.dumps(keys, indent=1) + "\n", mode=0o600)

    def record_marks(self, marks: Mapping[str, Any]) -> None:
        files.write(self.path / MARKS, json.dumps(marks, indent=1) + "\n", mode=0o600)

    def save_copy(self, target: Path) -> None:
        """Copy the sandbox's records and snapshot to a folder, all or nothing.

        Raises:
            OSError: the disk is full, or there is no snapshot.
        """
        files.private_folder(target.parent)
        partial = Path(tempfile.mkdtemp(dir=target.parent))
        try:
            for name in COPIED:
                shutil.copyfile(self.path / name, partial / name)
            shutil.rmtree(target, ignore_errors=True)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def load_copy(self, source: Path) -> None:
        """Load a copy that `save_copy` wrote.

        Raises:
            OSError: it is not complete. InfragateError: the disk is full.
        """
        self.prepare()
        for name in COPIED:
            files.write(self.path / name, (source / name).read_bytes(), mode=0o600)

    def locked(self, say: Callable[[str], None]) -> AbstractContextManager[None]:
        """The lock for starting, seeding and stopping the sandbox.

        It is a file beside the folder, so that the folder can be deleted while the lock is held.

        Raises:
            Locked: another run has not ended in `LOCK_SECONDS`.
        """
        own_folder.of(self.root)
        return locks.hold(
            self.path.with_name("sandbox.lock"),
            lambda: Locked(
                f"another run has held the sandbox for {LOCK_SECONDS:.0f} s",
                where=str(self.path),
                fix="wait for it or end it, then run it again",
            ),
            patience=LOCK_SECONDS,
            waiting=lambda: say("another run is preparing the sandbox; waiting for it"),
        )


def _number(path: Path) -> int | None:
    text = (files.recall(path) or "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _document(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(files.recall(path) or "{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
