from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs
import pytest

from infragate.adapters.local import settings
from infragate.domain.errors import BadInput

Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def nobody(monkeypatch: Patch) -> None:
    """No variable of the person, the CI or the machine that runs these tests."""
    for name in list(os.environ):
        if name.startswith(("INFRAGATE_", "GITHUB_", "AWS_", "XDG_", "TF_")) or name in ("NO_COLOR", "TERM"):
            monkeypatch.delenv(name)


def test_an_empty_variable_counts_as_unset(monkeypatch: Patch) -> None:
    monkeypatch.setenv("X_EMPTY", "")
    monkeypatch.setenv("X_SET", "1")
    assert (settings.read("X_EMPTY"), settings.read("X_UNSET"), settings.read("X_SET")) == (None, None, "1")


@pytest.mark.parametrize(
    "name",
    [
        "TF_CLI_ARGS",
        "TF_CLI_ARGS_plan",
        "TF_VAR_x",
        "TF_LOG",
        "GIT_DIR",
        "GIT_SSH_COMMAND",
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "GITHUB_TOKEN",
        "ATLANTIS_GH_TOKEN",
        "LD_PRELOAD",
        "PYTHONPATH",
    ],
)
def test_what_could_change_a_run_is_not_passed_on(monkeypatch: Patch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    assert name not in settings.child_environment()


@pytest.mark.parametrize("name", ["PATH", "HOME", "HTTPS_PROXY", "no_proxy", "SSL_CERT_FILE", "SSH_AUTH_SOCK", "LANG"])
def test_what_any_program_needs_is_passed_on(monkeypatch: Patch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    assert settings.child_environment()[name] == "x"


def test_what_the_caller_adds_wins(monkeypatch: Patch) -> None:
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    assert settings.child_environment(LANG="C", AWS_PROFILE="p") == {
        **settings.child_environment(),
        "LANG": "C",
        "AWS_PROFILE": "p",
    }


def test_variables_that_send_calls_elsewhere_are_named(monkeypatch: Patch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://evil")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://evil")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "")
    assert settings.stray_endpoints() == ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")


def test_data_folders_begin_with_the_persons_own(monkeypatch: Patch) -> None:
    monkeypatch.setenv("HOME", "/home/kim")
    monkeypatch.setenv("XDG_DATA_DIRS", "/a::/b")
    assert settings.data_folders() == (Path("/home/kim/.local/share"), Path("/a"), Path("/b"))


def test_a_cli_configuration_counts_only_when_it_is_there(monkeypatch: Patch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "nowhere"))
    assert settings.terraform_cli_config() is None
    (tmp_path / ".terraformrc").touch()
    assert settings.terraform_cli_config() == tmp_path / ".terraformrc"


def test_the_named_cli_configuration_comes_first(monkeypatch: Patch, tmp_path: Path) -> None:
    for name in (".terraformrc", "own.tfrc"):
        (tmp_path / name).touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "own.tfrc"))
    assert settings.terraform_cli_config() == tmp_path / "own.tfrc"


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"INFRAGATE_ACTOR": "a", "GITHUB_ACTOR": "b", "LOGNAME": "c"}, "a"),
        ({"GITHUB_ACTOR": "b", "LOGNAME": "c"}, "b"),
        ({"LOGNAME": "c"}, "c"),
    ],
)
def test_who_runs_it_is_the_most_particular_name(monkeypatch: Patch, variables: dict[str, str], name: str) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    assert settings.actor().name == name


def test_a_pull_request_is_a_number(monkeypatch: Patch) -> None:
    assert settings.actor().pull_request is None
    monkeypatch.setenv("INFRAGATE_PULL_REQUEST", "12")
    assert settings.actor().pull_request == "12"


@pytest.mark.parametrize("value", ["x", "12 ", "-1", "1\n2", "99999999999", "٣"])
def test_any_other_pull_request_is_refused(monkeypatch: Patch, value: str) -> None:
    monkeypatch.setenv("INFRAGATE_PULL_REQUEST", value)
    with pytest.raises(BadInput, match="not a number"):
        settings.actor()


@pytest.mark.parametrize(
    ("variables", "allowed"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colours_can_be_switched_off(monkeypatch: Patch, variables: dict[str, str], allowed: bool) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    assert settings.colour_allowed() is allowed


@pytest.mark.parametrize(("value", "there"), [("true", True), ("false", False), ("", False)])
def test_github_is_known_by_its_variable(monkeypatch: Patch, value: str, there: bool) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", value)
    assert settings.on_github() is there


def test_a_subset_holds_what_is_set(monkeypatch: Patch) -> None:
    monkeypatch.setenv("X_A", "1")
    monkeypatch.setenv("X_B", "")
    assert settings.subset(("X_A", "X_B", "X_C")) == {"X_A": "1"}


def test_folders_can_be_chosen(monkeypatch: Patch, tmp_path: Path) -> None:
    monkeypatch.setenv("INFRAGATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert (settings.cache_folder(), settings.state_folder()) == (tmp_path / "cache", tmp_path / "state" / "infragate")
    monkeypatch.setenv("INFRAGATE_STATE", str(tmp_path / "own"))
    assert settings.state_folder() == tmp_path / "own"


def test_a_state_folder_that_depends_on_the_working_folder_is_refused(monkeypatch: Patch) -> None:
    monkeypatch.setenv("INFRAGATE_STATE", "relative")
    with pytest.raises(BadInput, match="is not an absolute path"):
        settings.state_folder()


def test_a_user_without_a_home_needs_the_setting(monkeypatch: Patch) -> None:
    monkeypatch.setattr(platformdirs, "user_state_dir", lambda *_names, **_options: "~/.local/state/infragate")
    with pytest.raises(BadInput, match="no home folder"):
        settings.state_folder()


def test_a_persons_own_command_is_passed_word_by_word(monkeypatch: Patch) -> None:
    monkeypatch.setattr(sys, "argv", ["inv", "assume", "--env", "dev", "--", "aws", "s3", "ls", "--", "a b"])
    assert settings.words_after_dashes() == ("aws", "s3", "ls", "--", "a b")


def test_without_dashes_there_is_no_command(monkeypatch: Patch) -> None:
    monkeypatch.setattr(sys, "argv", ["inv", "assume"])
    assert settings.words_after_dashes() == ()


@pytest.mark.parametrize(("value", "always"), [("1", True), ("", False), ("0", False), ("yes", False)])
def test_only_1_makes_every_run_one_in_the_sandbox(value: str, always: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFRAGATE_SANDBOX", value)
    assert settings.always_sandbox() is always
