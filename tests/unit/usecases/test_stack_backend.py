from __future__ import annotations

from typing import Any

import pytest
from tests.unit import projects

from infragate.domain.errors import BadInput
from infragate.usecases import state_backend

DEV = projects.typed().environment("dev")


def config(**changed: Any) -> dict[str, Any]:
    """The backend as `init` remembers it: every setting that exists, null where the code says nothing."""
    standard = {"bucket": DEV.state.bucket, "key": DEV.state_key, "region": DEV.state.region, "encrypt": True}
    handed = {**state_backend.backend_settings(DEV), "use_lockfile": False, "kms_key_id": "alias/acme-fileflow-tfstate"}
    unset = {"endpoints": None, "endpoint": None, "assume_role": None, "skip_s3_checksum": None, "access_key": None}
    return {**unset, **standard, **handed, **changed}


def test_the_standard_backend_is_accepted() -> None:
    state_backend.refuse_another(DEV, "s3", config())


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoints": {"s3": "https://s3.example.net", "dynamodb": None}},
        {"endpoint": "https://s3.example.net"},
        {"assume_role": {"role_arn": "arn:aws:iam::666666666666:role/theirs"}},
        {"access_key": "AKIAXXXXXXXXXXXXXXXX"},
        {"skip_s3_checksum": True},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_settings_that_lead_elsewhere_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=f"not allowed in the code: {next(iter(changed))}"):
        state_backend.refuse_another(DEV, "s3", config(**changed))


@pytest.mark.parametrize(
    "changed", [{"bucket": "theirs"}, {"key": "other"}, {"region": "us-east-1"}, {"encrypt": None}]
)
def test_another_place_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="differs from infra"):
        state_backend.refuse_another(DEV, "s3", config(**changed))


def test_another_kind_of_backend_is_refused() -> None:
    with pytest.raises(BadInput, match="backend 'local'"):
        state_backend.refuse_another(DEV, "local", {})
