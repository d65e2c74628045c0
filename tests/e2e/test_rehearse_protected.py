"""The rehearsal of prod: all of its life, and no end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.e2e import product
from tests.e2e.product import Done


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    with product.checkout(tmp_path_factory.mktemp("prod") / "checkout") as made:
        yield made.run("rehearse", "--env", "prod", "--json")


def test_prod_is_made_healthy_and_settled_under_its_roles(rehearsal: Done) -> None:
    assert rehearsal.code == 0, rehearsal.err
    details = {step["name"]: step["detail"] for step in rehearsal.document["result"]["steps"]}
    assert details["apply"].startswith("Apply complete! Resources: 34 added")
    assert "4 of 4 targets healthy" in details["smoke"]
    assert "0 to add, 0 to change, 0 to destroy" in details["plan again is empty"]


def test_its_destruction_is_refused_when_it_is_planned(rehearsal: Done) -> None:
    last = rehearsal.document["result"]["steps"][-1]
    assert (last["name"], last["status"]) == ("plan --destroy is refused", "ok")
    assert "aws_route53_record.service has lifecycle.prevent_destroy set" in last["detail"]
