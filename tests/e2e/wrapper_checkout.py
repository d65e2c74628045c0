"""A checkout in small for tests of the wrapper: the real `inv`, a lock of one package, a program that says what it got."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OFFLINE = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "PIP_NO_INDEX": "1"}
PYTHON = str(Path(sys.base_prefix) / "bin" / "python3")
# What the wrapper itself needs; a PATH of nothing else has no Python.
TOOLS = (
    "sh",
    "basename",
    "dirname",
    "readlink",
    "cksum",
    "tr",
    "cat",
    "rm",
    "grep",
    "chmod",
    "printf",
    "mkdir",
    "mv",
    "sleep",
)
ECHO = """
import json, os, sys
print(json.dumps({"module": "NAME", "arguments": sys.argv[1:], "root": os.environ.get("INFRAGATE_ROOT"),
                  "folder": os.getcwd(), "path": sys.path}))
sys.exit(int(os.environ.get("END_WITH", "0")))
"""
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
Done = subprocess.CompletedProcess[str]


def environment(**more: str) -> dict[str, str]:
    """A person's shell, without what this test run itself was started with."""
    own = ("INFRAGATE_", "VIRTUAL_ENV", "PYTHON", "COV_", "PYTEST")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(own)}, **more}


def locked(*names: str) -> str:
    """These packages' entries of the repository's own lock, versions and hashes."""
    text = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    found = [re.search(rf"^{name}==.*(?:\n[ ]+--hash=.*)+", text, re.MULTILINE) for name in names]
    return "".join(f"{match.group(0)}\n" for match in found if match)


def wrong(name: str) -> str:
    """Its entry with a hash that no file has."""
    return f"{locked(name).split()[0]} --hash=sha256:{'0' * 64}\n"


@dataclass(frozen=True, slots=True)
class Small:
    """One small checkout."""

    root: Path
    python: str = ""  # INFRAGATE_PYTHON; it saves the time of passing over a version manager's stand-ins on PATH

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def new(self) -> Path:
        """Where the next environment is made."""
        return self.root / ".venv.new"

    @property
    def packages(self) -> set[str]:
        return {path.name.partition("-")[0] for path in self.venv.glob("lib/*/site-packages/*.dist-info")}

    def lock(self, text: str, name: str = "requirements.lock") -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    def start(self, *arguments: str, name: str = "inv", **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.root / name), *arguments],
            env=environment(**{"INFRAGATE_PYTHON": self.python, **more}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, name: str = "inv", **more: str) -> Done:
        return call(self.root / name, *arguments, more={"INFRAGATE_PYTHON": self.python, **more})


def call(program: Path, *arguments: str, folder: Path | None = None, more: Mapping[str, str] | None = None) -> Done:
    """Run it as a person does."""
    return subprocess.run(
        [str(program), *arguments],
        cwd=folder,
        env=environment(**(more or {})),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def said(done: Done) -> dict[str, Any]:
    """What the program behind the wrapper got."""
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def small(folder: Path, *packages: str, python: str = "") -> Small:
    """Lay one out; nothing is prepared yet."""
    root = folder / "a checkout with spaces"
    for module in ("infragate", "nox"):
        (root / "src" / module).mkdir(parents=True)
        (root / "src" / module / "__main__.py").write_text(ECHO.replace("NAME", module), encoding="utf-8")
    shutil.copy2(ROOT / "inv", root / "inv")
    (root / "nox").symlink_to("inv")
    made = Small(root, python)
    made.lock(locked(*packages))
    made.lock(locked(*packages, "packaging"), "requirements-dev.lock")
    return made


def at_work(checkout: Small) -> subprocess.Popen[str]:
    """A call that is making the environment by now, and not upon what an earlier call has left."""
    awaited, left = checkout.new / "bin" / "python", checkout.new / "left"
    if checkout.new.is_dir():
        awaited.unlink()
        left.touch()
    process = checkout.start("at work")
    until = time.monotonic() + 60
    while not awaited.exists():
        assert process.poll() is None and time.monotonic() < until, "it makes nothing"
        time.sleep(0.02)
    assert not left.exists()
    return process


def interrupted(checkout: Small, number: signal.Signals) -> Done:
    """A call that this signal ended while it made the environment, and all that it had started."""
    process = at_work(checkout)
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=60)
    return Done(process.args, process.returncode, out, err)


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first calls in one checkout, in this order."""

    checkout: Small
    interrupted: Mapping[signal.Signals, Done]  # one after the other
    refused: Done  # the lock named other bytes
    both: tuple[Done, Done]  # at once, with the right lock

    def after(self, number: signal.Signals) -> Done:
        """The call that came after the interrupted one."""
        calls = [*self.interrupted.values(), self.refused]
        return calls[1 + list(self.interrupted).index(number)]


def begin(folder: Path) -> Beginning:
    """Each environment that is made takes seconds: what can go wrong at first happens in one checkout, which ends well."""
    checkout = small(folder, "iniconfig")
    ended = {number: interrupted(checkout, number) for number in SIGNALS}
    checkout.lock(wrong("iniconfig"))
    refused = checkout.run()
    checkout.lock(locked("iniconfig"))
    (checkout.root / ".venv.old" / "lib").mkdir(parents=True)  # as if killed between the two renames of a rebuild
    processes = [checkout.start("one"), checkout.start("two")]
    ends = [process.communicate(timeout=300) for process in processes]
    one, two = (Done(process.args, process.returncode, *end) for process, end in zip(processes, ends, strict=True))
    return Beginning(checkout, ended, refused, (one, two))


def bare_path(folder: Path) -> str:
    """A PATH with the wrapper's own tools and no Python."""
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        if found:
            (folder / tool).symlink_to(found)
    return str(folder)
