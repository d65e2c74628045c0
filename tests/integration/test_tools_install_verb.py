"""The verb `tools-install` as a user calls it, against a vendor's site on the loopback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e.product import VALIDATOR, Done
from tests.integration import console
from tests.integration.vendor_server import Vendor, lock_text, missing, serving, zipped

ROOT = Path(__file__).parents[2]
Verb = Callable[..., Done]


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A mirror that holds a Terraform 1.2.3 of our own."""
    with serving() as vendor:
        vendor.body = zipped(b'#!/bin/sh\necho \'"terraform_version": "1.2.3"\'\n', "terraform")
        yield vendor


def pins(vendor: Vendor) -> str:
    """A lock file that pins that release, at the vendor's address."""
    text = lock_text(vendor).replace(vendor.url, "https://releases.hashicorp.com").replace(">=1.2,<2", "==1.2.3")
    return text.replace("demo", "terraform")


@pytest.fixture
def verb(tmp_path: Path, vendor: Vendor) -> Verb:
    """Runs the verb in a small checkout of its own."""
    checkout = tmp_path / "check out"
    (checkout / "infra").mkdir(parents=True)
    (checkout / "infra" / "environments.yaml").touch()
    (checkout / "policy" / "tools").mkdir(parents=True)
    (checkout / "policy" / "tools" / "tools.lock").write_text(pins(vendor))
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "INFRAGATE_ROOT": str(checkout),
        "INFRAGATE_CACHE": str(tmp_path / "cache"),
        "INFRAGATE_TOOLS_MIRROR": vendor.url,
    }

    def call(*flags: str, **extra: str) -> Done:
        return console.run(["tools-install", *flags], folder=checkout, environment={**environment, **extra})

    return call


def test_the_first_call_installs_and_says_where_from(verb: Verb, vendor: Vendor) -> None:
    done = verb()
    assert done.code == 0, done.err
    assert "terraform  1.2.3  mirror" in done.out
    assert f"downloading {vendor.url}" in done.err


def test_a_second_call_does_nothing_and_says_so(verb: Verb, vendor: Vendor) -> None:
    verb()
    done = verb()
    assert "nothing to do" in done.out
    assert len(vendor.asked) == 1


def test_the_document_names_program_path_and_digest(verb: Verb) -> None:
    document = json.loads(verb("--json").out)
    VALIDATOR.validate(document)
    (tool,) = document["result"]["tools"]
    assert (tool["name"], tool["source"], tool["installed"], len(tool["sha256"])) == ("terraform", "mirror", True, 64)
    assert Path(tool["path"]).is_file()


def test_a_check_of_what_is_missing_ends_with_four(verb: Verb) -> None:
    done = verb("--check")
    assert done.code == 4
    assert "fix: infragate tools-install --tool terraform" in done.err


def test_a_program_that_is_not_pinned_ends_with_three(verb: Verb) -> None:
    done = verb("--tool", "terraform,kubectl")
    assert done.code == 3
    assert "not a pinned program: kubectl" in done.err


def test_a_site_without_the_release_ends_with_five_in_three_lines(verb: Verb, vendor: Vendor) -> None:
    vendor.steps = [missing]
    done = verb()
    assert done.code == 5
    assert [line.split(":")[0] for line in done.err.splitlines()[-3:]] == ["error", "where", "fix"]


def test_the_mirror_of_the_settings_is_used(verb: Verb, vendor: Vendor) -> None:
    verb(INFRAGATE_TOOLS_MIRROR=f"{vendor.url}/proxy")
    assert vendor.asked[0].startswith("/proxy/terraform/")


def test_the_mirror_of_the_flag_comes_before_that_of_the_settings(verb: Verb, vendor: Vendor) -> None:
    verb("--mirror", f"{vendor.url}/flag", INFRAGATE_TOOLS_MIRROR=f"{vendor.url}/proxy")
    assert vendor.asked[0].startswith("/flag/terraform/")


# ---- what a pull request can change in tools.lock -----------------------------------------------------------------


def edited(checkout: Path, old: str, new: str) -> None:
    path = checkout / "policy" / "tools" / "tools.lock"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("https://releases.hashicorp.com/", "https://evil.example.com/", "url must begin with"),
        ("tools.terraform", "tools.kubectl", "not a program that infragate runs"),
        ('archive = "zip"', 'version_command = ["-c", "touch /tmp/owned"]', "unknown key 'version_command'"),
    ],
    ids=["site", "name", "command"],
)
def test_a_lock_file_names_no_site_no_program_and_no_command_of_its_own(
    verb: Verb, vendor: Vendor, tmp_path: Path, old: str, new: str, said: str
) -> None:
    edited(tmp_path / "check out", old, new)
    done = verb()
    assert done.code == 3
    assert said in done.err
    assert vendor.asked == []


def test_pins_of_the_trusted_root_count_and_those_of_the_checkout_need_their_owners(verb: Verb, tmp_path: Path) -> None:
    shutil.copytree(tmp_path / "check out", tmp_path / "base")
    edited(tmp_path / "check out", 'version = "1.2.3"', 'version = "6.6.6"')
    done = verb(INFRAGATE_TRUSTED_ROOT=str(tmp_path / "base"))
    assert done.code == 0, done.err
    assert "terraform  1.2.3" in done.out
    assert (
        "policy/tools/tools.lock differs from the trusted one: it needs its owners' approval and has no effect"
        in done.err
    )


@pytest.mark.parametrize("place", ["check out/base", "nowhere", "check out"])
def test_a_trusted_root_that_the_checkout_could_have_brought_along_is_refused(
    verb: Verb, tmp_path: Path, place: str
) -> None:
    (tmp_path / "check out" / "base").mkdir()
    done = verb(INFRAGATE_TRUSTED_ROOT=str(tmp_path / place))
    assert done.code == 3
    assert f"where: INFRAGATE_TRUSTED_ROOT={tmp_path / place}" in done.err
