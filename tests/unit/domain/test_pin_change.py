"""Changing pins: which bytes, which addresses, what stands in the way."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.adapters.modules import module_calls
from infragate.adapters.terraform import hcl
from infragate.domain.errors import BadInput
from infragate.domain.modules import module_interface, pin_change
from infragate.domain.modules.module_interface import ModuleInterface, Move
from infragate.domain.modules.pin_change import Edit, Interfaces, PinEdit

SHA, NEW = "0123456789abcdef0123456789abcdef01234567", "f" * 40
SOURCE = "git::https://h/r.git//rds?ref="


def pin_edits(folder: Path, text: str, tag: str = "v2.0.0", name: str = "main.tf") -> list[PinEdit | None]:
    """The edits of every call of a Stack of one file."""
    (folder / name).write_bytes(text.encode())
    return [
        pin_change.pin_edit(
            module=call.name, where=call.where, path=call.file.path, block=call.block, tag=tag, commit=NEW
        )
        for call in module_calls.read(folder, relative_to=folder)
    ]


def changed(folder: Path, text: str, tag: str = "v2.0.0", name: str = "main.tf") -> str:
    edits = [edit for pin in pin_edits(folder, text, tag, name) if pin for edit in pin.edits]
    return pin_change.edited(text.encode(), edits).decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('module "a" { source = "%sv1" }', 'module "a" { source = "%sv2.0.0" }'),
        ('# ref=v1\nmodule "a" {\r\n\tsource="%sv1&depth=1" // ref=v1\r\n}', None),
        ('\ufeffmodule "é" {\n  n = "?ref=v1 한글"\n  b {\n    source = "?ref=v1"\n  }\n  source = "%sv1"\n}', None),
        ('locals {\n  t = <<-E\n    source = "?ref=v1"\n  E\n}\nmodule "a" {\n  source = "%sv1"\n}\n', None),
        (
            'module "a" {\n  for_each = toset(["x", "y"])\n  source = "%sv1"\n}\nmodule "b" {\n  source = "%sv1"\n}',
            None,
        ),
    ],
)
def test_only_the_ref_of_a_call_changes(tmp_path: Path, before: str, after: str | None) -> None:
    before = before.replace("%s", SOURCE)
    expected = after.replace("%s", SOURCE) if after else before.replace(f"{SOURCE}v1", f"{SOURCE}v2.0.0")
    assert changed(tmp_path, before) == expected


def test_json_syntax_is_edited_as_well(tmp_path: Path) -> None:
    text = '{\n  "//": "ref=v1",\n  "module": {"é": {"source": "%sv1", "n": 1}}\n}'.replace("%s", SOURCE)
    assert changed(tmp_path, text, name="main.tf.json") == text.replace(f"{SOURCE}v1", f"{SOURCE}v2.0.0")


@pytest.mark.parametrize("ref", ["v2.0.0", "refs/tags/v2.0.0", NEW])
def test_a_call_that_is_there_already_has_no_edit(tmp_path: Path, ref: str) -> None:
    assert pin_edits(tmp_path, f'module "a" {{\n  source = "{SOURCE}{ref}"\n}}') == [None]


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        (f'"{SOURCE}${{local.v}}"', "cannot be edited"),
        ("local.source", "cannot be edited"),
        (r'"git::https://h/r\u002egit?ref=v1"', "cannot be edited"),
        ('"git::https://h/r.git"', "no ref"),
        (f'"{SOURCE}v1&ref=v2"', "more than one ref"),
    ],
)
def test_what_cannot_be_edited_surely_is_refused_with_its_place(tmp_path: Path, expression: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        pin_edits(tmp_path, f'\nmodule "a" {{\n  source = {expression}\n}}')


@given(st.binary(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5), st.binary(max_size=5))))
def test_edits_change_their_bytes_alone(content: bytes, wanted: list[tuple[int, int, bytes]]) -> None:
    edits: list[Edit] = []
    for start, length, new in sorted(wanted):
        if start >= (edits[-1].end + 1 if edits else 0) and start + length <= len(content):
            edits.append(Edit(path="x", start=start, end=start + length, replacement=new))
    rest, expected = 0, b""
    for edit in edits:
        expected += content[rest : edit.start] + edit.replacement
        rest = edit.end
    assert pin_change.edited(content, edits) == expected + content[rest:]


def interface(text: str) -> ModuleInterface:
    return module_interface.read([hcl.parse(text.encode(), name="main.tf")])


def moving(*moves: tuple[str, str]) -> ModuleInterface:
    return interface("".join(f"moved {{\n  from = {source}\n  to = {target}\n}}\n" for source, target in moves))


def inverse(moves: list[tuple[str, str]], addresses: list[str], key: str = "rds") -> list[tuple[str, str]]:
    interfaces = Interfaces(before={key: moving(*moves)}, after={key: moving()})
    return [(move.source, move.target) for move in pin_change.inverse_moves(interfaces, addresses)]


MOVE = ("aws_db.this", "aws_db.primary")


@pytest.mark.parametrize(
    ("moves", "addresses", "back"),
    [
        ([MOVE], ["module.rds.aws_db.primary"], [("module.rds.aws_db.primary", "module.rds.aws_db.this")]),
        ([MOVE], ["module.rds.aws_db.this", "aws_db.primary", "module.rds.aws_db.primary_2"], []),
        (
            [MOVE],
            ["module.rds.aws_db.primary[0]", "module.rds.aws_db.primary[1]"],
            [("module.rds.aws_db.primary", "module.rds.aws_db.this")],
        ),
        (
            [MOVE],
            ['module.rds["a.b]"].aws_db.primary', 'module.rds["q\\"]"].aws_db.primary'],
            [
                ('module.rds["a.b]"].aws_db.primary', 'module.rds["a.b]"].aws_db.this'),
                ('module.rds["q\\"]"].aws_db.primary', 'module.rds["q\\"]"].aws_db.this'),
            ],
        ),
        (
            [MOVE, ("aws_db.primary", "aws_db.main")],
            ["module.rds.aws_db.main"],
            [
                ("module.rds.aws_db.main", "module.rds.aws_db.primary"),
                ("module.rds.aws_db.primary", "module.rds.aws_db.this"),
            ],
        ),
        (
            [("module.old", "module.new")],
            ["module.rds.module.new[0].aws_x.y"],
            [("module.rds.module.new", "module.rds.module.old")],
        ),
        (
            [("aws_db.this", "aws_db.this[0]")],
            ["module.rds.aws_db.this[0]"],
            [("module.rds.aws_db.this[0]", "module.rds.aws_db.this")],
        ),
    ],
)
def test_objects_go_back_the_way_they_came(
    moves: list[tuple[str, str]], addresses: list[str], back: list[tuple[str, str]]
) -> None:
    assert inverse(moves, addresses) == back


def test_objects_of_a_module_in_a_module_go_back_in_every_instance() -> None:
    found = inverse([MOVE], ["module.rds[0].module.replica[1].aws_db.primary"], key="rds.replica")
    assert found == [("module.rds[0].module.replica[1].aws_db.primary", "module.rds[0].module.replica[1].aws_db.this")]


def test_a_move_that_the_target_release_knows_as_well_is_not_taken_back() -> None:
    both = Interfaces(before={"rds": moving(MOVE)}, after={"rds": moving(MOVE)})
    assert pin_change.inverse_moves(both, ["module.rds.aws_db.primary"]) == ()


@given(st.lists(st.sampled_from("abcdef"), min_size=2, max_size=6, unique=True), st.integers(0, 2))
def test_a_chain_of_moves_is_undone_whatever_its_length(names: list[str], instances: int) -> None:
    moves = [(f"x.{one}", f"x.{other}") for one, other in pairwise(names)]
    at = f"module.rds.x.{names[-1]}"
    addresses = [f"{at}[{number}]" for number in range(instances)] or [at]
    there = dict(inverse(moves, addresses))
    place = at
    while place in there:
        place = there[place]
    assert place == f"module.rds.x.{names[0]}"


def test_our_moves_are_dropped_when_the_newer_release_moves_the_same_objects() -> None:
    present = [
        Move(source='module.rds["a"].aws_db.primary', target='module.rds["a"].aws_db.this'),
        Move(source="module.vpc.x.b", target="module.vpc.x.a"),
    ]
    newer = Interfaces(before={}, after={"rds": moving(MOVE)})
    assert pin_change.kept_moves(present, newer) == (present[1],)


def test_the_file_of_moves_says_the_same_moves_when_it_is_read() -> None:
    moves = (Move(source='module.a["b"].x.c', target='module.a["b"].x.d'), Move(source="x.e", target="x.f[0]"))
    assert interface(pin_change.moves_text([*moves, moves[0]])).moves == moves


def test_without_moves_there_is_no_file() -> None:
    assert pin_change.moves_text([]) == ""


def findings(before: str, after: str, *arguments: str) -> list[tuple[str, object]]:
    return [
        (found.id, found.fix)
        for found in pin_change.interface_findings(
            module="rds",
            where="main.tf:1",
            arguments=arguments,
            before=interface(before),
            after=interface(after),
            tag="v1.0.0",
        )
    ]


def test_an_input_that_the_release_does_not_know_is_to_be_removed() -> None:
    assert findings('variable "a" {}', "", "a") == [("input-gone", "remove a = ... from module rds")]


def test_an_input_that_the_release_asks_for_is_shown_as_it_is_written() -> None:
    after = 'variable "a" {\n  type = list(string)\n  description = "Names."\n}\nvariable "b" { default = null }'
    assert findings("", after) == [("input-required", "add to module rds: a = <list(string)>  # Names.")]


def test_inputs_that_are_given_stand_in_nobody_s_way() -> None:
    assert findings('variable "a" {}', 'variable "a" {}', "a") == []


def test_outputs_that_vanish_are_named() -> None:
    before, after = (
        interface('output "a" { value = 1 }\noutput "b" { value = 1 }'),
        interface('output "b" { value = 1 }'),
    )
    assert pin_change.gone_outputs(before, after) == ("a",)
