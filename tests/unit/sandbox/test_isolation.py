"""A program in the sandbox must have no way to AWS: each way that is open is refused, by its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.cloud import Credentials
from infragate.domain.errors import BadInput, Integrity
from infragate.sandbox import isolation

ENDPOINT = "http://127.0.0.1:5001"
SESSION = Credentials(access_key="ASIASANDBOX", secret_key="x", token=isolation.EMULATOR_TOKEN + "abc")


def variables(**changed: str | None) -> dict[str, str]:
    made: dict[str, str | None] = {
        **isolation.variables(ENDPOINT, region="ap-northeast-2", module_repository=Path("/a folder/modules.git")),
        **changed,
    }
    return {name: value for name, value in made.items() if value is not None}


def test_the_sandbox_s_own_variables_are_isolated() -> None:
    isolation.prove_isolated(variables(), credentials=SESSION)


OPEN_WAYS: list[tuple[str, str | None]] = [
    ("AWS_ENDPOINT_URL", None),
    ("AWS_ENDPOINT_URL", ""),
    ("AWS_ENDPOINT_URL", "https://127.0.0.1:5001"),
    ("AWS_ENDPOINT_URL", "http://localhost:5001"),
    ("AWS_ENDPOINT_URL", "http://127.0.0.1"),
    ("AWS_ENDPOINT_URL", "http://127.0.0.1.example.com:5001"),
    ("AWS_ENDPOINT_URL", "http://127.0.0.1:5001@sts.amazonaws.com:80"),
    ("AWS_ENDPOINT_URL", "http://user@127.0.0.1:5001"),
    ("AWS_ENDPOINT_URL", "http://0x7f000001:5001"),
    ("AWS_ENDPOINT_URL", "http://127.0.0.1:notaport"),
    ("AWS_ENDPOINT_URL", "http://[::1"),
    ("AWS_ENDPOINT_URL_STS", "https://sts.amazonaws.com"),
    ("AWS_ENDPOINT_URL_S3", "http://10.0.0.1:80"),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True"),
    ("HTTPS_PROXY", None),
    ("HTTPS_PROXY", "http://proxy.example.com:3128"),
    ("https_proxy", None),
    ("https_proxy", "http://127.0.0.1:3128"),
    ("HTTP_PROXY", "http://proxy.example.com:3128"),
    ("http_proxy", None),
    ("NO_PROXY", "*"),
    ("NO_PROXY", "127.0.0.1,amazonaws.com"),
    ("no_proxy", ".amazonaws.com"),
    ("ALL_PROXY", "socks5://proxy.example.com"),
    ("all_proxy", "socks5://proxy.example.com"),
    ("AWS_EC2_METADATA_DISABLED", None),
    ("AWS_EC2_METADATA_DISABLED", "false"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token"),
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
]


@pytest.mark.parametrize(("name", "value"), OPEN_WAYS)
def test_a_way_that_is_open_is_refused_by_its_name(name: str, value: str | None) -> None:
    with pytest.raises(Integrity) as refused:
        isolation.prove_isolated(variables(**{name: value}))
    expected = "AWS_SESSION_TOKEN" if name == "AWS_ACCESS_KEY_ID" else name
    assert str(refused.value.where).lower() == expected.lower()


@pytest.mark.parametrize("token", [None, "", "IQoJb3JpZ2luX2VjEXAMPLE", "FwoGZXIvYXdzEXAMPLE"])
def test_credentials_that_the_emulator_did_not_make_are_refused(token: str | None) -> None:
    foreign = Credentials(access_key="ASIAIOSFODNN7EXAMPLE", secret_key="x", token=token)
    with pytest.raises(Integrity) as refused:
        isolation.prove_isolated(variables(), credentials=foreign)
    assert "IOSFODNN7" not in refused.value.message


def test_keys_of_an_emulator_s_session_may_stand_in_the_variables() -> None:
    isolation.prove_isolated(variables(AWS_ACCESS_KEY_ID="ASIASANDBOX", AWS_SESSION_TOKEN=SESSION.token))


@given(st.text(max_size=80))
def test_no_text_but_a_loopback_address_passes_for_an_endpoint(text: str) -> None:
    try:
        isolation.prove_isolated(variables(AWS_ENDPOINT_URL=text))
    except Integrity:
        return
    assert text.lower().startswith("http://127.0.0.1:")


def test_a_password_in_a_wrong_endpoint_is_not_shown() -> None:
    with pytest.raises(Integrity) as refused:
        isolation.prove_isolated(variables(AWS_ENDPOINT_URL="http://me:hunter2@10.0.0.1:80"))
    assert "hunter2" not in refused.value.message


def test_every_spelling_of_the_module_address_goes_to_the_local_repository() -> None:
    made = variables()
    pairs = [(made[f"GIT_CONFIG_KEY_{n}"], made[f"GIT_CONFIG_VALUE_{n}"]) for n in range(int(made["GIT_CONFIG_COUNT"]))]
    assert {key for key, _ in pairs} == {"url./a folder/modules.git.insteadOf"}
    assert [value for _, value in pairs] == [isolation.MODULES_URL, *isolation.MODULES_ALIASES]


def test_a_copy_of_another_module_repository_is_what_git_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(isolation.OTHERS, f"https://github.com/acme/network.git={tmp_path}; ")
    variables = isolation.variables(
        "http://127.0.0.1:4566",
        region="ap-northeast-2",
        module_repository=Path("/r"),
        others=isolation.other_repositories(),
    )
    last = int(variables["GIT_CONFIG_COUNT"]) - 1
    assert variables[f"GIT_CONFIG_KEY_{last}"] == f"url.{tmp_path}.insteadOf"
    assert variables[f"GIT_CONFIG_VALUE_{last}"] == "https://github.com/acme/network.git"


@pytest.mark.parametrize("entry", ["https://github.com/acme/network.git", "a=relative", "a=/nowhere/at/all", "=/tmp"])
def test_another_module_repository_needs_an_address_and_a_folder(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(isolation.OTHERS, entry)
    with pytest.raises(BadInput, match="folder on this disk"):
        isolation.other_repositories()
