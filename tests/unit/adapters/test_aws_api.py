"""What a user's files and variables may decide about our AWS clients: whose keys they use, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from infragate.adapters.aws import aws_api
from infragate.domain.cloud import AWS, Cloud, Credentials
from infragate.domain.errors import BadInput

KEYS = Credentials(access_key="AKIAEXAMPLE", secret_key="not-a-real-key", token=None)
CONFIG = """[default]
region = us-west-1
endpoint_url = https://evil.example
use_fips_endpoint = true
use_dualstack_endpoint = true
max_attempts = 99
services = evil
s3 =
  use_accelerate_endpoint = true
  addressing_style = virtual
  use_arn_region = true
  signature_version = s3
[services evil]
s3 =
  endpoint_url = https://evil.example
[profile other]
aws_access_key_id = AKIAOTHER
aws_secret_access_key = other
endpoint_url = https://evil.example
"""
VARIABLES = {
    "AWS_ENDPOINT_URL_S3": "https://evil.example",
    "AWS_ENDPOINT_URL": "https://evil.example",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user with a config file; our sessions begin anew."""
    for name in (
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text(CONFIG)
    forget_clients()
    yield tmp_path
    forget_clients()


def forget_clients() -> None:
    for kept in (aws_api._shared, aws_api._own_session, aws_api._client):
        kept.cache_clear()


def s3(keys: Credentials | None = KEYS) -> Any:
    return aws_api.client("s3", cloud=AWS, region="eu-west-1", credentials=keys)


def address(client: Any) -> str:
    return str(client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})).partition("?")[0]


def test_no_setting_of_the_users_file_or_variables_changes_where_a_call_goes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    found = s3()
    assert address(found) == "https://bucket.s3.amazonaws.com/key"
    assert found.meta.endpoint_url == "https://s3.eu-west-1.amazonaws.com"
    assert found.meta.config.retries["total_max_attempts"] == 5


def test_a_profile_gives_only_its_keys(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "other")
    found = aws_api.client("sts", cloud=AWS, region="eu-west-1")
    assert found.meta.endpoint_url == "https://sts.eu-west-1.amazonaws.com"
    assert found._request_signer._credentials.access_key == "AKIAOTHER"


def test_a_profile_that_does_not_exist_is_bad_input(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mistyped")
    with pytest.raises(BadInput, match="mistyped") as caught:
        aws_api.identity(cloud=AWS, region="eu-west-1")
    assert caught.value.exit_code == 3


def test_a_profile_that_does_not_exist_does_not_matter_where_keys_are_given(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mistyped")
    sandbox = Cloud(name="sandbox", endpoint="http://127.0.0.1:9", caller=KEYS)
    found = aws_api.client("sts", cloud=sandbox, region="eu-west-1")
    assert found.meta.endpoint_url == "http://127.0.0.1:9"


@pytest.mark.parametrize("place", ["AWS_DATA_PATH", "home"])
def test_models_of_the_user_are_not_read(home: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    models = home / ".aws/models" if place == "home" else home / "models"
    models.mkdir()
    if place == "AWS_DATA_PATH":
        monkeypatch.setenv(place, str(models))
    evil = {"defaults": {"hostname": "evil.example"}, "dnsSuffix": "evil.example", "partition": "aws", "partitionName": "x",
            "regionRegex": ".*", "regions": {"eu-west-1": {}}, "services": {}}  # fmt: skip
    (models / "endpoints.json").write_text(json.dumps({"partitions": [evil], "version": 3}))
    folder = models / "sts/2099-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text("{}")
    found = aws_api.client("sts", cloud=AWS, region="eu-west-1", credentials=KEYS)
    assert found.meta.endpoint_url == "https://sts.eu-west-1.amazonaws.com"


def test_threads_share_one_client_for_the_same_keys(home: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = {id(client) for client in pool.map(lambda _: s3(), range(16))}
    assert found == {id(s3())}
    assert id(s3(Credentials(access_key="AKIAOTHER", secret_key="x"))) not in found
