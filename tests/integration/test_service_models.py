"""botocore's service models as infragate reads them."""

import json
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader

from infragate.adapters.aws.service_models import ServiceModels

SERVICES = (
    "sts",
    "s3",
    "dynamodb",
    "kms",
    "iam",
    "ecs",
    "elbv2",
    "rds",
    "cloudwatch",
    "logs",
    "resourcegroupstaggingapi",
)


@pytest.fixture(scope="module")
def own() -> Loader:
    return Loader([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)


@pytest.mark.parametrize("kind", ["service-2", "endpoint-rule-set-1", "waiters-2"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_model_is_what_botocore_itself_reads(service: str, kind: str, own: Loader) -> None:
    try:
        expected = json.dumps(own.load_service_model(service, kind))
    except DataNotFoundError:
        with pytest.raises(DataNotFoundError):
            ServiceModels().load_service_model(service, kind)
        return
    assert json.dumps(ServiceModels().load_service_model(service, kind)) == expected  # in the same order


def test_the_services_are_those_that_botocore_itself_finds(own: Loader) -> None:
    assert set(own.list_available_services("service-2")) <= set(ServiceModels().list_available_services("service-2"))


def test_a_client_of_an_unknown_service_is_not_made() -> None:
    session = botocore.session.Session()
    session.register_component("data_loader", ServiceModels())
    with pytest.raises(DataNotFoundError):
        session.create_client("nothing", region_name="ap-northeast-2")


def test_a_folder_of_the_user_adds_no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sts" / "2011-06-15").mkdir(parents=True)
    (tmp_path / "sts" / "2011-06-15" / "service-2.json").write_text("{}")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert ServiceModels().load_service_model("sts", "service-2")["operations"]
