from __future__ import annotations

import configparser
import json
import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore.session
import pytest

from infragate.adapters.aws import aws_profiles
from infragate.adapters.aws.aws_profiles import PROVIDER, STATE
from infragate.adapters.local import clock
from infragate.domain.cloud import Credentials
from infragate.domain.errors import BadInput, RemoteFailed

ENDS = datetime(2026, 11, 23, 10, 12, 3, 500, tzinfo=UTC)
KEYS = Credentials(access_key="AKIA1", secret_key="secret-1", token="token-1", expires=ENDS)
STATE_KEYS = Credentials(access_key="AKIA2", secret_key="secret-2")
BOTH = {PROVIDER: KEYS, STATE: STATE_KEYS}


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    return tmp_path / "state folder" / "aws"


def silent(_text: str) -> None:
    pass


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


def settings_of(variables: Mapping[str, str]) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read(variables["AWS_CONFIG_FILE"])
    return parser


def handed_over(variables: Mapping[str, str], profile: str) -> dict[str, object]:
    """What the credential process of a profile prints."""
    command = settings_of(variables)[f"profile {profile}"]["credential_process"]
    shown = subprocess.run(shlex.split(command), capture_output=True, check=True).stdout
    found: dict[str, object] = json.loads(shown)
    return found


def test_temporary_keys_have_the_form_of_a_credential_process() -> None:
    assert KEYS.process_document() == {
        "Version": 1,
        "AccessKeyId": "AKIA1",
        "SecretAccessKey": "secret-1",
        "SessionToken": "token-1",
        "Expiration": "2026-11-23T10:12:03Z",
    }


def test_keys_that_do_not_end_have_neither_token_nor_end() -> None:
    assert STATE_KEYS.process_document() == {"Version": 1, "AccessKeyId": "AKIA2", "SecretAccessKey": "secret-2"}


@pytest.mark.parametrize("name", ["$(touch owned)", "`id`", 'a"b', "a\\b", "a\nb"])
def test_a_path_that_a_shell_would_obey_is_refused(tmp_path: Path, name: str) -> None:
    with (
        pytest.raises(BadInput, match="the checkout's path has"),
        aws_profiles.profiles(tmp_path / name, BOTH, region="eu-west-1", renew=None, warn=silent),
    ):
        pass
    assert not (tmp_path / name).exists()


def test_each_profile_hands_over_its_own_keys(parent: Path) -> None:
    with aws_profiles.profiles(parent, BOTH, region="eu-central-1", renew=None, warn=silent) as variables:
        assert handed_over(variables, PROVIDER) == KEYS.process_document()
        assert handed_over(variables, STATE) == STATE_KEYS.process_document()


def test_a_profile_has_the_region(parent: Path) -> None:
    with aws_profiles.profiles(parent, BOTH, region="eu-central-1", renew=None, warn=silent) as variables:
        assert settings_of(variables)[f"profile {STATE}"]["region"] == "eu-central-1"


def test_the_sdk_finds_the_keys_by_the_variables_alone(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    keys = {PROVIDER: STATE_KEYS}
    with aws_profiles.profiles(parent, keys, region="eu-central-1", renew=None, warn=silent) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        found = botocore.session.Session().get_credentials()
        assert found is not None
        assert found.get_frozen_credentials().access_key == "AKIA2"


def test_no_key_stands_in_a_variable(parent: Path) -> None:
    with aws_profiles.profiles(parent, BOTH, region="eu-central-1", renew=None, warn=silent) as variables:
        assert not [value for value in variables.values() if "secret" in value or "AKIA" in value or "token" in value]


def test_only_we_can_read_what_lies_there(parent: Path) -> None:
    with aws_profiles.profiles(parent, BOTH, region="eu-central-1", renew=None, warn=silent) as variables:
        folder = Path(variables["AWS_CONFIG_FILE"]).parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_everything_is_gone_afterwards(parent: Path) -> None:
    with aws_profiles.profiles(parent, BOTH, region="eu-central-1", renew=None, warn=silent):
        pass
    assert list(parent.iterdir()) == []


def test_everything_is_gone_after_a_failure_too(parent: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        aws_profiles.profiles(parent, BOTH, region="eu-central-1", renew=None, warn=silent),
    ):
        raise KeyboardInterrupt
    assert list(parent.iterdir()) == []


def test_what_a_killed_run_left_is_removed(parent: Path) -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    left = parent / f"run-{int(dead.stdout)}-abc"
    left.mkdir(parents=True)
    with aws_profiles.profiles(parent, BOTH, region="eu-central-1", renew=None, warn=silent):
        assert not left.exists()


def test_what_belongs_to_another_run_stays(parent: Path) -> None:
    with (
        aws_profiles.profiles(parent, BOTH, region="eu-central-1", renew=None, warn=silent) as first,
        aws_profiles.profiles(parent, BOTH, region="eu-central-1", renew=None, warn=silent) as second,
    ):
        assert first["AWS_CONFIG_FILE"] != second["AWS_CONFIG_FILE"]
        assert handed_over(first, PROVIDER) == handed_over(second, PROVIDER)


# Renewal: keys that are about to end are replaced while the run goes on.


@pytest.fixture
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_profiles, "RETRY_SECONDS", 0.01)


def about_to_end() -> dict[str, Credentials]:
    ends = clock.now() + timedelta(minutes=1)
    return {PROVIDER: Credentials(access_key="AKIA1", secret_key="secret-1", expires=ends)}


NEW = {PROVIDER: Credentials(access_key="AKIA9", secret_key="secret-9")}


@pytest.mark.usefixtures("no_wait")
def test_keys_are_renewed_before_they_end(parent: Path) -> None:
    with aws_profiles.profiles(
        parent, about_to_end(), region="eu-central-1", renew=lambda: NEW, warn=silent
    ) as variables:
        wait_for(lambda: handed_over(variables, PROVIDER) == NEW[PROVIDER].process_document())


@pytest.mark.usefixtures("no_wait")
def test_a_renewal_that_fails_is_said_and_tried_again(parent: Path) -> None:
    said: list[str] = []

    def renew() -> Mapping[str, Credentials]:
        if not said:
            raise RemoteFailed("AWS cannot be reached")
        return NEW

    with aws_profiles.profiles(
        parent, about_to_end(), region="eu-central-1", renew=renew, warn=said.append
    ) as variables:
        wait_for(lambda: handed_over(variables, PROVIDER) == NEW[PROVIDER].process_document())
    assert said == ["the AWS session could not be renewed yet, trying again: AWS cannot be reached"]


@pytest.mark.usefixtures("no_wait")
def test_a_renewal_that_comes_too_late_leaves_no_keys_behind(parent: Path) -> None:
    asked, answered = threading.Event(), threading.Event()
    before = set(threading.enumerate())

    def renew() -> Mapping[str, Credentials]:
        asked.set()
        answered.wait(5)
        return NEW

    with aws_profiles.profiles(parent, about_to_end(), region="eu-central-1", renew=renew, warn=silent):
        assert asked.wait(5)
        (renewal,) = set(threading.enumerate()) - before
    answered.set()
    renewal.join(5)
    assert list(parent.iterdir()) == []
