"""What an apply is told of keys that nobody renews."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.advice import spell

from infragate.domain.cloud import Credentials
from infragate.domain.errors import RemoteFailed
from infragate.usecases.session import Keys, lasting

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def ending(*, provider: int | None, state: int | None = 60, renewable: bool = False) -> Keys:
    """Keys that end in so many minutes."""

    def keys(minutes: int | None) -> Credentials:
        ends = None if minutes is None else NOW + timedelta(minutes=minutes)
        return Credentials(access_key="A", secret_key="S", token="T", expires=ends)

    return Keys(provider=keys(provider), state=keys(state), renewable=renewable)


@pytest.mark.parametrize("minutes", [None, -1, 1, 60])
def test_keys_that_are_renewed_need_no_word(minutes: int | None) -> None:
    assert lasting(ending(provider=minutes, renewable=True), NOW) is None


@pytest.mark.parametrize(
    ("provider", "state", "said"), [(60, 45, "03:45 UTC, in 45 min"), (16, 60, "03:16"), (15, 60, "03:15")]
)
def test_the_first_end_is_told_before_it_starts(provider: int, state: int, said: str) -> None:
    assert said in (lasting(ending(provider=provider, state=state), NOW) or "")


@pytest.mark.parametrize(
    ("provider", "state", "said"), [(14, 60, "in 14 min"), (60, 5, "in 5 min"), (-3, 60, "02:57 UTC, which has passed")]
)
def test_an_end_that_comes_too_soon_refuses_the_apply(provider: int, state: int, said: str) -> None:
    with pytest.raises(RemoteFailed, match=said) as caught:
        lasting(ending(provider=provider, state=state), NOW)
    assert "new session" in str(spell(caught.value.fix))


@pytest.mark.parametrize("state", [None, 60])
def test_an_end_that_nobody_knows_is_told_as_such(state: int | None) -> None:
    assert "is unknown" in (lasting(ending(provider=None, state=state), NOW) or "")
