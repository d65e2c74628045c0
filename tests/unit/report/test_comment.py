"""The comment of the gate: its order, its size, and what it says of the rest."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.unit import gate_results
from tests.unit.examples import examples
from tests.unit.plan_documents import plan, resource

from infragate.domain.finding import Finding
from infragate.report import comment, step_summary


def written(*findings: Finding, **more: Any) -> str:
    return comment.markdown(gate_results.view(*findings, **more))


def many(number: int, message: str = "m") -> list[Finding]:
    return [
        replace(gate_results.OPEN_PORT, address=f"aws_x.y[{n}]", line=n, message=message) for n in range(1, number + 1)
    ]


def test_the_marker_is_first_then_the_verdict_then_what_to_do() -> None:
    lines = [line for line in written().splitlines() if line]
    assert lines[0] == "<!-- infragate:gate:dev/infra/envs/dev -->"
    assert lines[1] == "### Gate ` dev `: block"
    assert lines[3] == "**Next**"
    assert lines[4] == "1. make infracost run: run it again"


def test_the_marker_of_another_stack_is_another_one() -> None:
    assert comment.marker(gate_results.view(environment="prod")) != comment.marker(gate_results.view())


def test_it_has_the_findings_the_cost_and_the_changes() -> None:
    told = written()
    assert "| critical | [` AWS-0107 `](https://avd.aquasec.com/misconfig/aws-0107)<br>" in told
    assert "**Cost:** 84.32 → 66.07, -18.25 USD a month" in told
    assert "- replace aws_db_instance.main  [STATEFUL; cannot be changed in place: engine]" in told
    assert "password-1" not in told


def test_what_does_not_count_must_be_opened() -> None:
    _, _, folded = written().partition("<summary>Warnings, approved and waived (2)</summary>")
    assert "CKV_AWS_91" in folded
    assert "AWS-0107" not in folded


@pytest.mark.parametrize("number", [100, 1_000, 5_000])
def test_every_finding_is_shown_or_counted(number: int) -> None:
    told = written(*many(number))
    rows = re.findall(r"^\| critical \|", told, re.MULTILINE)
    left = re.search(r"^([0-9]+) more: the report of this run", told, re.MULTILINE)
    assert len(rows) + int(left[1] if left else 0) == number
    assert len(told) <= comment.LIMIT


def test_every_change_is_shown_or_counted() -> None:
    document = plan(*(resource("create", f"aws_x.y[{n}]", after={"name": "v" * 90}) for n in range(3_000)))
    told = written(document=document)
    left = re.search(r"^([0-9]+) more: the report of this run", told, re.MULTILINE)
    assert left is not None
    assert len(re.findall(r"^\+ create ", told, re.MULTILINE)) + int(left[1]) == 3_000


_HOSTILE = st.text(st.sampled_from("`|~\\<>@&\n ab"), max_size=30).map(lambda text: text * 40)


@given(_HOSTILE, st.integers(0, 400), st.integers(0, 300))
@examples(25)
def test_it_is_never_longer_than_a_comment_may_be_and_its_blocks_are_whole(
    text: str, findings: int, changes: int
) -> None:
    document = plan(*(resource("update", f"aws_x.y[{n}]", before={"a": 1}, after={"a": text}) for n in range(changes)))
    told = written(
        gate_results.DATABASE, *many(findings, text), document=document, environment=text[:200], notes=(text,) * 9
    )
    assert len(told) <= comment.LIMIT
    tokens = MarkdownIt("commonmark").enable("table").parse(told)
    assert sum(token.type == "fence" for token in tokens) == bool(changes)
    assert [token.content for token in tokens if token.type == "html_block"].count("</details>\n") == 1 + bool(changes)
    assert tokens[-1].type == "paragraph_close"


def test_the_summary_of_a_job_is_the_same_text() -> None:
    assert step_summary.of_gate(gate_results.view(), room=step_summary.ROOM) == written()


@pytest.mark.parametrize("room", [step_summary.ROOM, 400_000])
@pytest.mark.parametrize("letter", ["m", "한", "𝒎"])
def test_the_summary_of_a_job_is_cut_to_its_bytes(letter: str, room: int) -> None:
    findings = many(8_000 // len(letter.encode()), letter * 200)  # 1.6 MB of any letter
    text = step_summary.of_gate(gate_results.view(*findings), room=room)
    assert room / 5 < len(text.encode()) <= room
    assert re.search(r"^[0-9]+ more: the report of this run", text, re.MULTILINE)
