"""Comments beside a pin by commit id: only those that name its version change, and only that name."""

from __future__ import annotations

import pytest

from infragate.adapters.terraform import hcl
from infragate.domain.modules import pin_change, version_comment

SHA = "0123456789abcdef0123456789abcdef01234567"
SOURCE = f"git::https://h/r.git//rds?ref={SHA}"


def commented(text: str, old: tuple[str, ...] = ("v1.0.0",), new: str = "v2.0.0") -> str:
    text = text.replace("SOURCE", f'source = "{SOURCE}"')
    file = hcl.parse(text.encode(), name="main.tf")
    block = next(file.of_kind("module"))
    edits = version_comment.edits(file, block, hcl.comments(file), old, new)
    return pin_change.edited(text.encode(), edits).decode().replace(f'source = "{SOURCE}"', "SOURCE")


BLOCK = 'module "a" {\n  SOURCE%s\n  x = 1\n}\n'


@pytest.mark.parametrize(
    ("comment", "old", "new", "after"),
    [
        (" # v1.0.0", "v1.0.0", "v2.0.0", " # v2.0.0"),
        ("# v1.0.0\r", "v1.0.0", "v2.0.0", "# v2.0.0\r"),
        ("   //  v1.0.0, seen by kim", "v1.0.0", "v2.0.0", "   //  v2.0.0, seen by kim"),
        (" # é v1.0.0.", "v1.0.0", "v2.0.0", " # é v2.0.0."),
        (" # aws 5.0, v1.2.3", "v1.2.3", "v1.3.0", " # aws 5.0, v1.3.0"),
        (" # mod-v0.0.9", "mod-v0.0.9", "mod-v0.1.0", " # mod-v0.1.0"),
        (" # 2024.01 release v1.0.0", "v1.0.0", "v2.0.0", " # 2024.01 release v2.0.0"),
        (" # a/v1.0.0", "a/v1.0.0", "a/v2.0.0", " # a/v2.0.0"),
        (" # v1.0.0", "a/v1.0.0", "a/v2.0.0", " # v2.0.0"),
        (" # 1.0.0", "v1.0.0", "v2.0.0", " # 2.0.0"),
        (" /* v1.2.3 */", "v1.2.3", "v1.3.0", " /* v1.3.0 */"),
        (" # tag=v1.0.0", "v1.0.0", "v2.0.0", " # tag=v2.0.0"),
    ],
)
def test_the_version_at_the_old_commit_is_replaced(comment: str, old: str, new: str, after: str) -> None:
    assert commented(BLOCK % comment, (old,), new) == BLOCK % after


@pytest.mark.parametrize(
    "comment",
    [
        *(
            "",
            " # pinned",
            " # v0.9.0",
            " # v1.0.0-rc1",
            " # v1.0.0.1",
            " # other/v1.0.0",
            " # mod-v1.0.0",
            " # xv1.0.0",
        ),
        "\n  x1 = 1 # v1.0.0",
        "\n\n  # v1.0.0",
    ],
)
def test_what_names_no_tag_of_the_old_commit_stays(comment: str) -> None:
    assert commented(BLOCK % comment) == BLOCK % comment


@pytest.mark.parametrize(
    "form",
    [
        'module "a" { SOURCE } # VERSION\n',
        'module "a" {\n  SOURCE\n} // VERSION\n',
        '# VERSION\nmodule "a" {\n  SOURCE\n}\n',
        '# rds\n# VERSION\n# of the centre\nmodule "a" {\n  SOURCE\n}\n',
        'module "a" {\n  x = 1 # v1.0.0\n  // VERSION\n  SOURCE\n}\n',
        'module "a" {\n  /* VERSION */ SOURCE\n}\n',
        '# v1.0.0\n\nmodule "a" {\n  SOURCE # VERSION\n}\n# v1.0.0\n',
    ],
)
def test_the_places_beside_a_call_are_its_own(form: str) -> None:
    assert commented(form.replace("VERSION", "v1.0.0")) == form.replace("VERSION", "v2.0.0")


def test_of_two_ways_to_name_it_the_whole_one_counts() -> None:
    assert commented(BLOCK % " # aws 5.0, v5.0", ("v5.0",), "v6.0") == BLOCK % " # aws 5.0, v6.0"


def test_a_commit_without_a_tag_leaves_its_comment() -> None:
    assert commented(BLOCK % " # v1.0.0", ()) == BLOCK % " # v1.0.0"
