"""How many generated examples a test gets: all of them, or as many as the inner loop has time for."""

from __future__ import annotations

import os
from collections.abc import Collection

from hypothesis import HealthCheck, settings

FEW = "INFRAGATE_TEST_FEW_EXAMPLES"  # set by `./nox -s unit`; `./nox -s properties` runs the same tests with all
USUAL = 100


def number(count: int) -> int:
    """A tenth in the inner loop, but ten at least."""
    return min(count, max(10, count // 10)) if FEW in os.environ else count


def examples(count: int, *, suppress_health_check: Collection[HealthCheck] = ()) -> settings:
    """The settings of a test that has `count` examples."""
    return settings(max_examples=number(count), suppress_health_check=suppress_health_check)
