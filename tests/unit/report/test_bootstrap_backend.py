"""What a person reads of a difference."""

from __future__ import annotations

import pytest

from infragate.report.bootstrap_backend import sides


@pytest.mark.parametrize(
    ("found", "standard", "shown"),
    [
        (False, True, ("is false", "standard true")),
        ("AES256", "aws:kms", ("is AES256", "standard aws:kms")),
        (["a", "b"], ["b"], ('also has ["a"]', "")),
        (["a"], ["a", "b"], ("", 'lacks ["b"]')),
        (["a"], ["b"], ('also has ["a"]', 'lacks ["b"]')),
        (["a", "b"], ["b", "a"], ('is ["a", "b"]', 'standard ["b", "a"]')),
    ],
)
def test_both_values_are_shown_and_of_lists_what_differs(
    found: object, standard: object, shown: tuple[str, str]
) -> None:
    assert sides(found, standard) == shown
