"""Questions to a person: what is asked, and what an answer means."""

from __future__ import annotations

import dataclasses
import io

import pytest

from infragate.domain.errors import BadInput
from infragate.domain.modules.pin_target import Pin, Unordered
from infragate.domain.redaction import Masker
from infragate.report.printer import Printer
from infragate.tasks import rollback
from infragate.tasks.questions import Questions
from infragate.tasks.rollback import Flags

PIN = Pin(module="alb", name="alb", where="main.tf:1", repository="https://h/r.git", ref="stable", tags=("stable",))
UNORDERED = Unordered(pin=PIN, tag="v0.6.1")


def questions(*, possible: bool = True) -> Questions:
    return Questions(printer=Printer(mode="plain", colour=False, masker=Masker(())), possible=possible)


def flags(*move: str) -> Flags:
    return Flags(env="prod", release="v0.6.1", move=move, reason="", apply=False, yes=False, open_pr=False)


@pytest.mark.parametrize(
    ("answer", "moves"), [("y\n", True), ("Yes \n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_a_pin_without_an_order_moves_only_if_the_person_says_so(
    answer: str, moves: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert rollback._moves(UNORDERED, flags(), questions()) is moves
    assert "alb stands at stable; nobody can tell whether v0.6.1 is older" in capsys.readouterr().err


def test_a_program_is_told_what_to_type() -> None:
    with pytest.raises(BadInput) as refused:
        rollback._moves(UNORDERED, flags(), questions(possible=False))
    assert refused.value.fix == "add --move alb to move it to v0.6.1, or --keep alb to leave it"
    assert rollback._moves(UNORDERED, flags("alb"), questions(possible=False))


@pytest.mark.parametrize(
    ("given", "protected", "can_ask", "step"),
    [
        ({"apply": True}, False, True, "apply"),
        ({"apply": True}, True, True, "ask"),
        ({"apply": True, "yes": True}, True, False, "apply"),
        ({"apply": True, "open_pr": True}, True, True, "ask"),
        ({"open_pr": True}, True, True, "propose"),
        ({"yes": True}, False, True, "propose"),
        ({}, False, True, "ask"),
        ({}, True, True, "ask"),
        ({}, True, False, "propose"),
    ],
)
def test_what_follows_the_plan_of_a_rollback(given: dict[str, bool], protected: bool, can_ask: bool, step: str) -> None:
    wanted = dataclasses.replace(flags(), **given)  # type: ignore[arg-type]
    assert rollback._after_the_plan(wanted, protected=protected, can_ask=can_ask) == step


def test_every_flag_that_was_given_is_in_the_command_to_run_again() -> None:
    given = dataclasses.replace(flags("alb"), keep=("rds",), yes=True, open_pr=True)
    assert given.repeated == ("--move", "alb", "--keep", "rds", "--yes", "--open-pr")
