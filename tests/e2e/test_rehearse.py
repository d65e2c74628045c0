"""The rehearsal, as its users run it: from bare accounts to nothing left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e import product
from tests.e2e.product import Done, Product

from infragate.adapters.local import own_folder

STEPS = (
    "sandbox from nothing",
    "bootstrap-backend",
    "bootstrap-backend again",
    "plan",
    "apply",
    "state is encrypted, lock is free",
    "smoke",
    "plan again is empty",
    "module-upgrade to the newest release",
    "plan the upgrade",
    "apply the upgrade",
    "rollback --apply",
    "plan after the rollback is empty",
    "a moved tag is refused",
    "plan --destroy",
    "apply the destruction",
    "nothing is left, lock is free",
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product.checkout(tmp_path_factory.mktemp("rehearse") / "checkout") as made:
        yield made


@pytest.fixture(scope="module")
def rehearsal(checkout: Product) -> Done:
    return checkout.run("rehearse", "--json", "--report", str(checkout.home / "report.json"))


def detail(rehearsal: Done, name: str) -> str:
    found = {step["name"]: step for step in rehearsal.document["result"]["steps"]}
    return str(found[name]["detail"])


def test_every_step_ends_well_and_is_timed(rehearsal: Done) -> None:
    assert rehearsal.code == 0, rehearsal.err
    steps = rehearsal.document["result"]["steps"]
    assert tuple(step["name"] for step in steps) == STEPS
    assert {step["status"] for step in steps} == {"ok"}
    assert all(step["duration_seconds"] > 0 for step in steps)


def test_a_second_bootstrap_changes_nothing(rehearsal: Done) -> None:
    assert detail(rehearsal, "bootstrap-backend again") == "changes nothing"


def test_the_state_is_encrypted_with_our_key_and_the_lock_is_free(rehearsal: Done) -> None:
    said = detail(rehearsal, "state is encrypted, lock is free")
    assert "aws:kms with arn:aws:kms:ap-northeast-2:999999999999:key/" in said
    assert "no lock is held" in said


def test_targets_are_healthy(rehearsal: Done) -> None:
    assert "2 of 2 targets healthy" in detail(rehearsal, "smoke")


def test_the_second_plan_is_empty(rehearsal: Done) -> None:
    assert "0 to add, 0 to change, 0 to destroy" in detail(rehearsal, "plan again is empty")


def test_a_rollback_leaves_the_data_stores_untouched(rehearsal: Done) -> None:
    said = detail(rehearsal, "rollback --apply")
    assert "back to v0.6.1 and healthy" in said
    assert "module.rds.aws_db_instance.primary to module.rds.aws_db_instance.this" in said


def test_the_plan_after_the_rollback_is_empty(rehearsal: Done) -> None:
    assert "0 to add, 0 to change, 0 to destroy" in detail(rehearsal, "plan after the rollback is empty")


def test_a_moved_tag_is_refused(rehearsal: Done) -> None:
    assert "the tag was moved" in detail(rehearsal, "a moved tag is refused")


def test_nothing_is_left(rehearsal: Done, checkout: Product) -> None:
    assert "state is empty" in detail(rehearsal, "nothing is left, lock is free")
    assert not (own_folder.path(checkout.root) / "rehearsal").exists()


def test_the_report_is_the_document(rehearsal: Done, checkout: Product) -> None:
    assert Path(checkout.home / "report.json").read_text().strip() == rehearsal.out.strip()
