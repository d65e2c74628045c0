from __future__ import annotations

import pytest

from infragate.adapters.local import masking


def test_a_secret_that_is_learned_later_is_hidden_by_a_masker_that_was_handed_out_before() -> None:
    masker = masking.masker()
    assert masker.mask("key learned-later-1") == "key learned-later-1"
    masking.learn("learned-later-1")
    assert masker.mask("key learned-later-1") == "key ***"


def test_secrets_of_the_environment_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_TOKEN", "from-the-environment")
    assert masking.masker().mask("a from-the-environment b") == "a *** b"


def test_nothing_is_learned_from_a_key_that_is_not_there() -> None:
    masking.learn(None, "")
    assert masking.masker().mask("as it was") == "as it was"
