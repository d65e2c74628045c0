"""Version constraints as Terraform reads them."""

from __future__ import annotations

import pytest

from infragate.domain.terraform import constraints


@pytest.mark.parametrize(
    ("constraint", "version", "allowed"),
    [
        ("", "1.0.0", True),
        ("1.2.3", "1.2.3", True),
        ("= 1.2.3", "1.2.4", False),
        ("= 1.2", "1.2.0", True),
        ("!= 1.2.3", "1.2.3", False),
        (">= 5.100, < 6.0", "5.100.0", True),
        (">= 5.100, < 6.0", "6.0.0", False),
        (">= 5.100, < 6.0", "5.99.9", False),
        ("~> 1.2", "1.9.0", True),
        ("~> 1.2", "2.0.0", False),
        ("~> 1.2.3", "1.2.9", True),
        ("~> 1.2.3", "1.3.0", False),
        ("~> 1.2.0", "1.2.0", True),
        ("~> 1", "2.0.0", True),
        (">1.10", "1.9.0", False),
        (">= v1.0", "1.0.0", True),
        (">= 1.0.0-beta1", "1.0.0-beta2", True),
        ("  >=1.0 ,<2 ", "1.5.0", True),
    ],
)
def test_a_constraint_is_read_as_terraform_reads_it(constraint: str, version: str, allowed: bool) -> None:
    assert constraints.allows(constraint, version, of_provider=False) is allowed


@pytest.mark.parametrize(
    ("constraint", "version"), [("latest", "1.0"), (">= ", "1.0"), (">> 1", "1.0"), ("> 1", "new")]
)
def test_what_is_no_constraint_is_not_guessed_at(constraint: str, version: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        constraints.allows(constraint, version, of_provider=False)


@pytest.mark.parametrize(("version", "allowed"), [("4.67.0", True), ("5.100.0", False), ("3.9.0", False)])
def test_a_single_part_of_a_provider_s_constraint_has_an_upper_end(version: str, allowed: bool) -> None:
    assert constraints.allows("~> 4", version, of_provider=True) is allowed
