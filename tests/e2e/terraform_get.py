"""Real `terraform get` over a `git` that fetches nothing: it logs what it is called with and makes a few folders."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The folders of every "repository".
FOLDERS = ("f", "a/b", "f/f", "modules/x")
_GIT = """#!/bin/sh
printf '%s\\0' "$PWD" "$@" >> "$CALLS"; printf '\\n' >> "$CALLS"
case "$1" in
clone)
  for place in "$@"; do :; done
  mkdir -p "$place/.git"
  for folder in . {folders}; do
    mkdir -p "$place/$folder"
    echo 'output "x" {{ value = 1 }}' > "$place/$folder/main.tf"
  done;;
ls-remote) printf 'ref: refs/heads/main\\tHEAD\\n%040d\\tHEAD\\n' 0;;
*) echo 'git version 2.39.5';;
esac
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """How `terraform get` ended.

    Attributes:
        modules: the entries of its list, by key.
        calls: the folder and the arguments of each call of git.
    """

    modules: dict[str, dict[str, Any]]
    calls: list[list[str]]
    stderr: str


def get(root: Path, stack: Path, *, variables: dict[str, str] | None = None) -> Got:
    """Run it in `stack`; `root` is an empty folder beside it for the data folder, the log and git."""
    shutil.rmtree(root, ignore_errors=True)
    (root / "bin").mkdir(parents=True)
    git, log = root / "bin" / "git", root / "calls"
    git.write_text(_GIT.format(folders=" ".join(FOLDERS)))
    git.chmod(0o755)
    log.write_text("")
    environment = {
        "PATH": f"{root / 'bin'}:{os.environ['PATH']}",
        "HOME": str(root),
        "TF_DATA_DIR": str(root / "data"),
        "CALLS": str(log),
        "CHECKPOINT_DISABLE": "1",
        "HTTPS_PROXY": "http://127.0.0.1:1",  # nothing leaves this machine
        "HTTP_PROXY": "http://127.0.0.1:1",
        **(variables or {}),
    }
    done = subprocess.run(
        ["terraform", "get", "-no-color"], cwd=stack, env=environment, capture_output=True, text=True, errors="replace"
    )
    listed = root / "data" / "modules" / "modules.json"
    entries = json.loads(listed.read_text())["Modules"] if listed.exists() else []
    return Got(
        modules={entry["Key"]: entry for entry in entries if entry["Key"]},
        calls=[line.rstrip("\0").split("\0") for line in log.read_text().splitlines()],
        stderr=" ".join(re.sub("[│╷╵]", " ", done.stderr).split()),
    )
