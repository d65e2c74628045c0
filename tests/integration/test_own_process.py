"""What another program of the same user sees of our process: a stand-in for `terraform` looks at its parent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("infragate")
ROOT = Path(__file__).parents[2]
SPY = '#!/bin/sh\ncat /proc/$PPID/environ > "$(dirname "$0")/environ"; cat /proc/$PPID/mem > "$(dirname "$0")/mem"; exit 1\n'
SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIACANARYCANARYCANA",
    "AWS_SECRET_ACCESS_KEY": "canary-secret-key",
    "AWS_SESSION_TOKEN": "canary-session",
    "GITHUB_TOKEN": "canary-github",
    "HTTPS_PROXY": "http://user:canary-proxy@127.0.0.1:9",
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The environment of a verb, as the program that it starts finds it."""
    folder = tmp_path_factory.mktemp("own")
    program = folder / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(SPY)
    program.chmod(0o755)
    own = {
        "PATH": f"{program.parent}:{os.defpath}",
        "HOME": str(folder),
        "INFRAGATE_ROOT": str(ROOT),
        "HARMLESS": "kept",
    }
    subprocess.run([SCRIPT, "doctor"], env={**own, **SECRETS}, capture_output=True, check=False)
    return (program.parent / "environ").read_bytes()


@pytest.mark.parametrize("value", SECRETS.values(), ids=SECRETS)
def test_no_secret_of_the_caller_is_in_the_environment_of_our_process(value: str, seen: bytes) -> None:
    assert value.encode() not in seen


def test_only_root_sees_the_rest(seen: bytes) -> None:
    assert (b"HARMLESS=kept" in seen) is (os.getuid() == 0)
