"""Settings of all unit tests."""

from __future__ import annotations

import gc

from hypothesis import settings
from tests.unit import examples

# Python would look through all that the tests import and generate for garbage, again and again.
gc.set_threshold(100_000, 20, 20)

# A busy machine makes any example slow; how long a test may take is the runner's affair.
settings.register_profile("unhurried", deadline=None, max_examples=examples.number(examples.USUAL))
settings.load_profile("unhurried")


def pytest_sessionfinish() -> None:
    """pytest looks for garbage five times before it ends: not through all that was imported."""
    gc.collect()
    gc.freeze()
