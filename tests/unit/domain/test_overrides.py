"""Override files: what of a block counts, and which file holds it."""

from __future__ import annotations

import pytest

from infragate.adapters.terraform import hcl
from infragate.domain.errors import BadInput
from infragate.domain.terraform import overrides
from infragate.domain.terraform.overrides import Declaration

MAIN = 'module "a" {\n  source = "./one"\n  count  = 1\n}\n'


def declared(**files: str) -> tuple[Declaration, ...]:
    """The modules of these files; `_` in a keyword stands for the dot before tf."""
    parsed = [hcl.parse(text.encode(), name=name.replace("__", ".")) for name, text in files.items()]
    return overrides.declared(parsed, "module")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("override.tf", True),
        ("override.tf.json", True),
        ("x_override.tf", True),
        ("infra/x_override.tf.json", True),
        ("_override.tf", True),
        ("xoverride.tf", False),
        ("override_x.tf", False),
        ("OVERRIDE.tf", False),
        ("override/main.tf", False),
    ],
)
def test_an_override_file_is_known_by_its_name(name: str, expected: bool) -> None:
    assert overrides.is_override(name) is expected


@pytest.mark.parametrize(
    ("name", "text"),
    [("a_override__tf", 'module "a" {\n  count = 0\n}\n'), ("override__tf__json", '{"module": {"a": {"count": 0}}}')],
)
def test_an_argument_of_an_override_file_counts_and_the_others_stay(name: str, text: str) -> None:
    (module,) = declared(main__tf=MAIN, **{name: text})
    assert (module.block.expression("count"), module.block.expression("source")) == ("0", '"./one"')
    assert module.holder("source")[0].path == "main.tf"


def test_the_last_override_file_by_name_counts() -> None:
    other = 'module "a" {{\n  source = "./{0}"\n}}\n'
    (module,) = declared(
        z_override__tf=other.format("z"), main__tf=MAIN, a_override__tf=other.format("a"), y_override__tf="locals {}\n"
    )
    assert module.holder("source")[0].path == "z_override.tf"
    assert module.block.expression("source") == '"./z"'


def test_two_blocks_in_one_override_file_both_count() -> None:
    twice = 'module "a" {\n  source = "./x"\n}\nmodule "a" {\n  count = 0\n}\n'
    (module,) = declared(main__tf=MAIN, override__tf=twice)
    assert (module.block.expression("count"), module.block.expression("source")) == ("0", '"./x"')


@pytest.mark.parametrize(
    ("files", "why", "where"),
    [
        ({"main__tf": MAIN, "more__tf": MAIN}, "two module blocks are named a", "main.tf:1 and more.tf:1"),
        ({"main__tf": MAIN + MAIN}, "two module blocks are named a", "main.tf:1 and main.tf:5"),
        ({"override__tf": MAIN}, "no module a to override", "override.tf:1"),
    ],
)
def test_what_terraform_refuses_is_refused(files: dict[str, str], why: str, where: str) -> None:
    with pytest.raises(BadInput, match=why) as refused:
        declared(**files)
    assert refused.value.where == where
