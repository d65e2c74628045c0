"""Each flag of the server that was seen to open the door is a complaint."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.domain.front_doors.test_atlantis_settings import GOOD, checked

from infragate.domain.front_doors import atlantis_server

SAFE = {
    "repo-config": "repos.yaml",
    "gh-webhook-secret": "s3cr3t",
    "repo-allowlist": "github.com/acme/fileflow",
    "checkout-strategy": "merge",
    "fail-on-pre-workflow-hook-error": "true",
}
HOOKED: dict[str, Any] = {**GOOD, "repos": [{**GOOD["repos"][0], "pre_workflow_hooks": [{"run": "x"}]}]}


def ids(settings: dict[str, str], document: Any = GOOD) -> set[str]:
    return {found.id.removeprefix("atlantis/") for found in atlantis_server.of_server(settings, document)}


def test_a_server_with_safe_settings_has_no_complaint() -> None:
    assert ids(SAFE) == set()
    assert ids(SAFE, HOOKED) == set()
    assert ids({**SAFE, "repo-allowlist": "github.com/acme/*,!github.com/*"}) == set()


BAD: dict[str, tuple[dict[str, str], str]] = {
    "the API": ({"api-secret": "x"}, "api-secret"),
    "forks": ({"allow-fork-prs": "true"}, "forks"),
    "forks, in other words": ({"allow-fork-prs": "1"}, "forks"),
    "no webhook secret": ({"gh-webhook-secret": ""}, "webhook-secret"),
    "every repository": ({"repo-allowlist": "*"}, "allow-list"),
    "every repository of a host": ({"repo-allowlist": "github.com/acme/x, github.com/*"}, "allow-list"),
    "every owner of a prefix": ({"repo-allowlist": "github.com/ac*"}, "allow-list"),
    "a branch checkout": ({"checkout-strategy": "branch"}, "undiverged"),
    "policy checks that all may clear": ({"enable-policy-checks": "true"}, "policy-checks"),
    "policy checks with the command": (
        {"enable-policy-checks": "true", "allow-commands": "plan, approve_policies"},
        "policy-checks",
    ),
    "rules in a flag": ({"repo-config-json": "{}"}, "unjudged"),
    "settings in a file": ({"config": "atlantis-server.yaml"}, "unjudged"),
    "no rules": ({"repo-config": ""}, "no-rules"),
}


@pytest.mark.parametrize(("change", "name"), BAD.values(), ids=BAD.keys())
def test_a_flag_that_opens_the_door_is_refused(change: dict[str, str], name: str) -> None:
    assert ids({**SAFE, **change}) == {name}


def test_what_a_server_needs_is_not_there_by_default() -> None:
    assert ids({}) == {"webhook-secret", "allow-list", "undiverged", "no-rules"}


def test_hooks_that_fail_must_stop_the_run() -> None:
    assert ids({**SAFE, "fail-on-pre-workflow-hook-error": "false"}, HOOKED) == {"hooks"}
    assert ids({**SAFE, "fail-on-pre-workflow-hook-error": ""}, HOOKED) == {"hooks"}
    assert ids({**SAFE, "fail-on-pre-workflow-hook-error": "false"}) == set()


def test_policy_checks_without_the_command_that_clears_them_are_allowed() -> None:
    assert ids({**SAFE, "enable-policy-checks": "true", "allow-commands": "plan,apply,unlock"}) == set()


def test_the_rendered_policy_check_is_allowed_and_one_of_others_is_not() -> None:
    on = {**SAFE, "enable-policy-checks": "true"}
    assert ids(on, checked()) == set()
    assert ids(on, checked(name="other")) == {"policy-checks", "policy-sets"}


def test_a_policy_check_that_does_not_run_is_told() -> None:
    assert ids(SAFE, checked()) == {"policy-checks-off"}


def test_the_file_of_the_server_is_judged_with_it() -> None:
    assert "no-entry" in ids(SAFE, None)


def test_flags_and_variables_become_settings_and_a_flag_counts_more() -> None:
    environment = {
        "ATLANTIS_GH_WEBHOOK_SECRET": "s",
        "ATLANTIS_CHECKOUT_STRATEGY": "branch",
        "ATLANTIS_API_SECRET": "",
        "PATH": "/bin",
    }
    arguments = ["server", "--checkout-strategy=merge", "--port", "4141", "--allow-fork-prs", "--api-secret", "x"]
    assert atlantis_server.server_settings(arguments, environment) == {
        "gh-webhook-secret": "s",
        "checkout-strategy": "merge",
        "port": "4141",
        "allow-fork-prs": "true",
        "api-secret": "x",
    }


NAMES = sorted({name for change, _ in BAD.values() for name in change} | SAFE.keys())


@given(
    settings=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["", "true", "*", "x/y/z", "merge", "0", "plan"])),
    bad=st.sampled_from(list(BAD.values())),
)
def test_a_bad_setting_is_refused_whatever_else_is_set(
    settings: dict[str, str], bad: tuple[dict[str, str], str]
) -> None:
    change, name = bad
    found = ids({**SAFE, **settings, **change}, HOOKED)
    assert name in found or (name == "policy-checks" and "allow-commands" in settings) or name == "no-rules"
