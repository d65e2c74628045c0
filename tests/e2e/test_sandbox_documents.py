"""The documents of the sandbox's own verbs; `Done.document` holds each against the published schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e import product
from tests.e2e.product import Product


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product.checkout(tmp_path_factory.mktemp("documents") / "sandbox", small=product.stored("one")) as made:
        yield made


@pytest.fixture
def up(checkout: Product) -> Product:
    checkout.ok("sandbox-up", "--bare")
    return checkout


def test_a_sandbox_that_never_ran_has_a_status(checkout: Product) -> None:
    found = checkout.ok("sandbox-status", "--json").document["result"]
    assert (found["running"], found["pid"], found["snapshot_age_seconds"]) == (False, None, None)


def test_starting_says_that_something_was_done_and_what_is_there(checkout: Product) -> None:
    found = checkout.ok("sandbox-up", "--bare", "--json").document["result"]
    assert (found["changed"], found["running"], found["enforcement"]) == (True, True, True)


def test_starting_again_says_that_nothing_was_done(up: Product) -> None:
    assert up.ok("sandbox-up", "--bare", "--json").document["result"]["changed"] is False


def test_a_running_sandbox_says_where_it_is(up: Product) -> None:
    found = up.ok("sandbox-status", "--json").document["result"]
    assert found["endpoint"].startswith("http://127.0.0.1:")
    assert found["accounts"]["dev"] == up.dev.account_id


def test_stopping_says_what_was_done(up: Product) -> None:
    found = up.ok("sandbox-down", "--wipe", "--json").document["result"]
    assert (found["stopped"], found["wiped"], Path(found["folder"]).exists()) == (True, True, False)
