"""What checking and changing module pins costs: 100 pins against the module lock, and a file of 1 MB.

The pins are every module of `modules/` in as many releases as that takes, fetched by real Terraform. Cold means that
none of their bytes is in the system's cache; both are the whole command, with the start of Python. Limits are seconds on
the clock in the least of the rounds; processor time is shown beside it. Exit code 1 when a limit is missed.

    .venv/bin/python benchmarks/pins.py --rounds 5
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infragate.adapters.local import own_folder
from infragate.adapters.terraform import hcl
from infragate.domain.modules import pin_change

ROOT = Path(__file__).parents[1]
PINS = 100
LIMITS = {"verify_100_pins_cold": 1.0, "verify_100_pins_warm": 1.0, "edit_1_mb": 1.0}
IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Seconds of processor time, children included, and on the clock."""

    processor: float
    clock: float


def main() -> int:
    """Measure and print one JSON document; the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--rounds", type=int, default=5, help="times to measure each")
    rounds = arguments.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        root = checkout(Path(folder))
        infragate(root, "modules-lock")
        cold = [timed(partial(infragate, root, "modules-verify"), first=partial(forget, root)) for _ in range(rounds)]
        warm = [timed(partial(infragate, root, "modules-verify")) for _ in range(rounds)]
    content = large_file()
    edit = [timed(partial(edited, content)) for _ in range(rounds)]
    return report(len(content), verify_100_pins_cold=cold, verify_100_pins_warm=warm, edit_1_mb=edit)


def checkout(folder: Path) -> Path:
    """A checkout whose one Stack has 100 pins."""
    modules, root = folder / "modules.git", folder / "checkout"
    shutil.copytree(ROOT / "modules", modules / "modules", ignore=shutil.ignore_patterns(".terraform", "releases"))
    git(modules, "init", "-q")
    names = sorted(path.name for path in (modules / "modules").iterdir() if (path / "main.tf").is_file())
    calls = []
    for number in range(PINS):
        release, name = divmod(number, len(names))
        if name == 0:
            (modules / "VERSION").write_text(str(release))
            git(modules, "add", "-A")
            git(modules, *IDENTITY, "commit", "-qm", str(release))
            git(modules, "tag", f"v1.{release}.0")
        source = f"git::file://{modules}//modules/{names[name]}?ref=v1.{release}.0"
        calls.append(f'module "m{number}" {{\n  source = "{source}"\n}}\n')
    shutil.copytree(ROOT / "infra", root / "infra", ignore=shutil.ignore_patterns(".terraform", "envs"))
    stack = root / "infra" / "envs" / "dev"
    stack.mkdir(parents=True)
    (stack / "main.tf").write_text("".join(calls))
    shutil.copytree(ROOT / "policy", root / "policy")
    (root / "infra" / "modules.lock").unlink()
    git(root, "init", "-q")
    return root


def git(folder: Path, *words: str) -> None:
    """One git command."""
    subprocess.run(["git", *words], cwd=folder, check=True)


def infragate(root: Path, verb: str) -> None:
    """One verb, through the console script."""
    script = Path(sys.executable).with_name("infragate")
    environment = {**os.environ, "INFRAGATE_ROOT": str(root)}
    done = subprocess.run([str(script), verb, "--json"], cwd=root, env=environment, check=False, capture_output=True)
    result = json.loads(done.stdout)["result"] or {}
    if done.returncode or len(result["pins"]) != PINS:
        raise RuntimeError(done.stderr.decode())


def forget(root: Path) -> None:
    """Take the fetched modules out of the system's cache, as after a restart of the machine."""
    for path in (own_folder.path(root)).rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as opened:
                os.fsync(opened.fileno())
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def large_file() -> bytes:
    """1 MB of configuration with one pin at its end."""
    block = '# ref=v1\nresource "x_y" "r{0}" {{\n  name = "n ${{var.x}} {0}"\n  tags = {{ a = [1, 2, {0}] }}\n}}\n'
    call = 'module "last" {\n  source = "git::https://h/o/r.git//m?ref=v1"\n}\n'
    return ("".join(block.format(number) for number in range(12_000)) + call).encode()


def edited(content: bytes) -> None:
    """The whole way: read, find, change."""
    (block,) = hcl.parse(content, name="main.tf").of_kind("module")
    pin = pin_change.pin_edit(module="last", where="main.tf", path="main.tf", block=block, tag="v2", commit="")
    if pin is None or pin_change.edited(content, pin.edits) != content.replace(b"m?ref=v1", b"m?ref=v2"):
        raise RuntimeError("the edit is not what it should be")


def timed(act: Callable[[], None], *, first: Callable[[], None] = lambda: None) -> Spent:
    """What it takes; `first` is done before and does not count."""
    first()
    began, before = time.perf_counter(), os.times()
    act()
    after = os.times()
    return Spent(processor=sum(after[:4]) - sum(before[:4]), clock=time.perf_counter() - began)


def report(size: int, **measured: list[Spent]) -> int:
    """Print one JSON document; 1 when a limit is missed."""
    document: dict[str, object] = {"edited_bytes": size}
    missed = []
    for name, spent in measured.items():
        clock = min(one.clock for one in spent)
        document[name] = {
            "clock_seconds": round(clock, 3),
            "limit": LIMITS[name],
            "processor_seconds": round(min(one.processor for one in spent), 3),
        }
        if clock > LIMITS[name]:
            missed.append(name)
    print(json.dumps({**document, "missed": missed}, indent=2))
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
