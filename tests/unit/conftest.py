"""Settings of all unit tests."""

from __future__ import annotations

from hypothesis import settings
from tests.unit import examples

# A busy machine makes any example slow; how long a test may take is the runner's affair.
settings.register_profile("unhurried", deadline=None, max_examples=examples.number(examples.USUAL))
settings.load_profile("unhurried")
