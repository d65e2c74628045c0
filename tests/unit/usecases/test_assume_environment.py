from __future__ import annotations

import pytest

from infragate.usecases.assume import command_environment

OWN = {"AWS_ENDPOINT_URL": "http://127.0.0.1:5000", "AWS_PROFILE": "infragate-provider"}


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ENDPOINT_URL_S3",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_DATA_PATH",
        "AWS_ACCESS_KEY_ID",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ],
)
def test_a_command_gets_no_variable_that_leads_its_calls_elsewhere(name: str) -> None:
    assert command_environment({name: "https://evil.example", "EDITOR": "vi"}, OWN) == {"EDITOR": "vi", **OWN}


def test_the_sessions_endpoint_replaces_the_callers() -> None:
    assert command_environment({"AWS_ENDPOINT_URL": "https://evil.example"}, OWN) == OWN
