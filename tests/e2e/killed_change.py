"""Changes of several files that are ended at every step: a process of its own, as it kills its own children.

Prints one JSON document: what each run left behind. Run by test_killed_change.py.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from infragate.adapters.local import change_set, own_folder

OLD: dict[str, tuple[bytes, int]] = {
    "infra/envs/dev/main.tf": (b"old main\r\n" * 900, 0o644),
    "infra/envs/prod/main.tf": (b"old prod", 0o640),
    "infra/modules.lock": (b"{}\n", 0o644),
    "infra/run.sh": (b"#!/bin/sh\n", 0o755),
    "infra/envs/prod/module_moves.tf": (b"moved {}\n", 0o644),
}
CHANGES: dict[str, bytes | None] = {
    "infra/envs/dev/main.tf": b"new main\r\n" * 1000,
    "infra/envs/prod/main.tf": b"",
    "infra/modules.lock": b'{"pins": []}\n',
    "infra/run.sh": b"#!/bin/sh\nexit 1\n",
    "infra/envs/prod/module_moves.tf": None,
    "infra/envs/stg/module_moves.tf": b"moved {}\n",
}
NEW = {name: (new, OLD.get(name, (b"", 0o644))[1]) for name, new in CHANGES.items() if new is not None}
# What a system call that changes something is told as, before it happens.
STEPS = frozenset({"subprocess.Popen", "open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod"})


def main(root: Path) -> None:
    """All runs, one after the other."""
    start, judged = commits(root)
    apply, recover = lambda: change_set.apply(root, start, judged), lambda: change_set.recover(root)
    killed, interrupted, twice = [], [], []
    number = 0
    while ended := ended_at(root, apply, number, kill):
        killed.append({"at": number, "between": whole(root), "after": recovered(root), "signal": ended})
        number += 1
    done = number
    for number in range(done):
        ended_at(root, apply, number, interrupt)
        interrupted.append({"at": number, "after": seen(root), "left": left_over(root)})
    for number in range(done // 2, done, 7):
        step = 0
        while True:
            ended_at(root, apply, number, kill)
            if not child(recover, step, kill):
                break
            twice.append({"at": [number, step], "between": whole(root), "after": recovered(root)})
            step += 1
    sys.stdout.write(json.dumps({"steps": done, "killed": killed, "interrupted": interrupted, "twice": twice}))


def commits(root: Path) -> tuple[str, str]:
    """Make the checkout: the commits before and after the change, of which it has the first one's files."""
    write(root, OLD)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "old")
    start = git(root, "rev-parse", "HEAD")
    for name, new in CHANGES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(new) if new is not None else (root / name).unlink()
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "new")
    judged = git(root, "rev-parse", "HEAD")
    git(root, "reset", "-q", "--hard", start)
    return start, judged


def git(root: Path, *words: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    done = subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write(root: Path, files: Mapping[str, tuple[bytes, int]]) -> None:
    for name, (content, mode) in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
        (root / name).chmod(mode)


def ended_at(root: Path, act: Callable[[], object], number: int, end: Callable[[], None]) -> int:
    """Start anew, and end the act before its step of that number; 0 when it came to its end."""
    for place in (root / "infra", own_folder.path(root), root / ".git" / "refs" / "worktree"):
        shutil.rmtree(place, ignore_errors=True)
    write(root, OLD)
    return child(act, number, end)


def child(act: Callable[[], object], number: int, end: Callable[[], None]) -> int:
    """Run the act in a child; the signal or code that ended it early."""
    process = os.fork()
    if process == 0:
        try:
            count_down(number, end)
            act()
        except KeyboardInterrupt:
            os._exit(130)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 130, -signal.SIGKILL):
        raise RuntimeError(f"step {number} ended with {code}")
    return abs(code)


def count_down(number: int, end: Callable[[], None]) -> None:
    left = number

    def step() -> None:
        nonlocal left
        left -= 1
        if left == -1:
            end()

    def heard(event: str, details: tuple[Any, ...]) -> None:
        reads = event == "open" and not int(details[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if event in STEPS and not reads:
            step()

    fsync = os.fsync

    def synced(handle: Any) -> None:
        step()
        fsync(handle)

    vars(os)["fsync"] = synced  # no audit event tells of it
    sys.addaudithook(heard)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt() -> None:
    raise KeyboardInterrupt


def seen(root: Path) -> str:
    """Which of the two states the checkout is in."""
    there = {
        place.relative_to(root).as_posix(): (place.read_bytes(), place.stat().st_mode & 0o777)
        for place in root.rglob("*")
        if place.is_file() and ".git" not in place.parts
    }
    return "old" if there == OLD else "new" if there == NEW else f"mixed: {sorted(there)}"


def whole(root: Path) -> bool:
    """Whether each file is what it was or what it shall be, and none lies beside them."""
    files = {place.relative_to(root).as_posix() for place in (root / "infra").rglob("*") if place.is_file()}
    return files <= {*OLD, *NEW} and all(
        (root / name).read_bytes() in (OLD.get(name, (None,))[0], NEW.get(name, (None,))[0]) for name in files
    )


def left_over(root: Path) -> list[str]:
    refs = git(root, "for-each-ref", "--format=%(refname)", "refs/worktree").split()
    return [*refs, *(str(place) for place in (own_folder.path(root)).glob("change/*"))]


def recovered(root: Path) -> dict[str, Any]:
    change_set.recover(root)
    return {"state": seen(root), "left": left_over(root)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
