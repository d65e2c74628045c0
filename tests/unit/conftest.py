"""Settings of all unit tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine makes any example slow; how long a test may take is the runner's affair.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
