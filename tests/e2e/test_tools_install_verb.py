"""The verb `tools-install` as a user calls it, against a vendor's site on the loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from tests.e2e.product import DOCUMENTS
from tests.e2e.vendor_server import Vendor, lock_text, missing

ROOT = Path(__file__).parents[2]
PROGRAM = """
from invoke.collection import Collection
from invoke.program import Program
from infragate.tasks.tools_install import tools_install
Program(namespace=Collection(tools_install)).run()
"""
Verb = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def verb(tmp_path: Path, vendor: Vendor) -> Verb:
    """Runs the verb in a small checkout of its own that pins `demo`."""
    checkout = tmp_path / "check out"
    (checkout / "infra").mkdir(parents=True)
    (checkout / "infra" / "environments.yaml").touch()
    (checkout / "policy" / "tools").mkdir(parents=True)
    (checkout / "policy" / "tools" / "tools.lock").write_text(lock_text(vendor))
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *sys.path]),
        "INFRAGATE_ROOT": str(checkout),
        "INFRAGATE_CACHE": str(tmp_path / "cache"),
    }

    def call(*flags: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, "tools-install", *flags],
            env={**environment, **extra},
            capture_output=True,
            text=True,
        )

    return call


def test_the_first_call_installs_and_says_where_from(verb: Verb, vendor: Vendor) -> None:
    done = verb()
    assert done.returncode == 0, done.stderr
    assert "demo  1.2.3  release" in done.stdout
    assert f"downloading {vendor.url}" in done.stderr


def test_a_second_call_does_nothing_and_says_so(verb: Verb, vendor: Vendor) -> None:
    verb()
    done = verb()
    assert "nothing to do" in done.stdout
    assert len(vendor.asked) == 1


def test_the_document_names_program_path_and_digest(verb: Verb) -> None:
    document = json.loads(verb("--json").stdout)
    jsonschema.validate(document, DOCUMENTS, format_checker=jsonschema.FormatChecker())
    (tool,) = document["result"]["tools"]
    assert (tool["name"], tool["source"], tool["installed"], len(tool["sha256"])) == ("demo", "release", True, 64)
    assert Path(tool["path"]).is_file()


def test_a_check_of_what_is_missing_ends_with_four(verb: Verb) -> None:
    done = verb("--check")
    assert done.returncode == 4
    assert "fix: inv tools-install --tool demo" in done.stderr


def test_a_program_that_is_not_pinned_ends_with_three(verb: Verb) -> None:
    done = verb("--tool", "demo,kubectl")
    assert done.returncode == 3
    assert "not a pinned program: kubectl" in done.stderr


def test_a_site_without_the_release_ends_with_five_in_three_lines(verb: Verb, vendor: Vendor) -> None:
    vendor.steps = [missing]
    done = verb()
    assert done.returncode == 5
    assert [line.split(":")[0] for line in done.stderr.splitlines()[-3:]] == ["error", "where", "fix"]


def test_the_mirror_of_the_settings_is_used(verb: Verb, vendor: Vendor) -> None:
    verb(INFRAGATE_TOOLS_MIRROR=f"{vendor.url}/proxy")
    assert vendor.asked[0][0].startswith("/proxy/demo/")


def test_the_mirror_of_the_flag_comes_before_that_of_the_settings(verb: Verb, vendor: Vendor) -> None:
    verb("--mirror", f"{vendor.url}/flag", INFRAGATE_TOOLS_MIRROR=f"{vendor.url}/proxy")
    assert vendor.asked[0][0].startswith("/flag/demo/")
