"""CODEOWNERS as GitHub reads it: the last pattern that matches decides."""

from __future__ import annotations

import pytest

from infragate.adapters.local import codeowners_file
from infragate.domain.errors import BadInput

TEXT = """\
# @nobody owns this line
*              @acme/everyone
/infra/        @acme/platform ops@acme.example   # not @bob
*.rego         @dave
/policy/waivers.yaml @Dave @carol
docs/*         @erin
/infra/free/
"""


def owners(file: str, text: str = TEXT) -> tuple[str, ...]:
    of = codeowners_file.owners_of({"CODEOWNERS": text}.get)
    assert of is not None
    return of(file)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("README.md", ("@acme/everyone",)),
        ("infra/envs/dev/main.tf", ("@acme/platform", "ops@acme.example")),
        ("other/infra/main.tf", ("@acme/everyone",)),
        ("policy/rego/a/b/policy.rego", ("@dave",)),
        ("policy/waivers.yaml", ("@Dave", "@carol")),
        ("docs/a.md", ("@erin",)),
        ("docs/ko/a.md", ("@acme/everyone",)),
        ("infra/free/a.tf", ()),
        ("a b/infra.rego", ("@dave",)),
    ],
)
def test_the_last_pattern_that_matches_names_the_owners(file: str, expected: tuple[str, ...]) -> None:
    assert owners(file) == expected


def test_the_first_place_that_has_one_is_read() -> None:
    of = codeowners_file.owners_of({".github/CODEOWNERS": "* @a\n", "CODEOWNERS": "* @b\n"}.get)
    assert of is not None
    assert of("x") == ("@a",)


def test_without_a_file_nothing_has_owners() -> None:
    assert codeowners_file.owners_of(lambda _name: None) is None


def test_a_pattern_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(BadInput) as error:
        owners("x", "[a-z @bob\n")
    assert error.value.where == "CODEOWNERS"
