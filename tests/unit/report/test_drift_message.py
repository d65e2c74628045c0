"""What Slack shows of drift: within its limits, and nothing of foreign text is live."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.drift_values import item, stack
from tests.unit.examples import examples

from infragate.domain.drift.telling import TellingStep
from infragate.domain.finding import Severity
from infragate.domain.front_doors.slack_message import Message
from infragate.domain.plan_fields import Field
from infragate.report import drift_message

PAGE = "https://github.com/acme/fileflow/actions/runs/7"
ISSUE = "https://github.com/acme/fileflow/issues/3"
HOSTILE = (
    "<!channel>", "<!here> all", "<@U012AB3CD>", "<https://evil.example|click>", "@here", "#general", "`end` *bold*",
    "a\u202eb", "\x1b[2J", "<!subteam^S1>", "&lt;!channel&gt;", "https://evil.example/x",
)  # fmt: skip
LIVE = re.compile(r"<(?!https://github\.com/acme/fileflow/)")
STEPS: tuple[TellingStep, ...] = ("open", "update", "settle")


def texts(message: Message) -> list[dict[str, Any]]:
    """All text objects of a message."""
    found: list[dict[str, Any]] = []
    for block in message.blocks:
        found += block.get("elements", []) or [block["text"]]
    return found


def check(message: Message) -> None:
    """Slack takes it, and nothing in it is live but our own links."""
    assert 0 < len(message.blocks) <= 50
    assert message.text
    for block in message.blocks:
        assert len(block.get("elements", ())) <= 10
    for text in texts(message):
        assert 0 < len(text["text"]) <= (150 if text["type"] == "plain_text" else 3000)
        if text["type"] == "mrkdwn":
            assert text["verbatim"] is True
            assert not LIVE.search(text["text"])
            assert text["text"].count("`") % 2 == 0


def test_a_message_says_what_differs_why_and_where_to_look() -> None:
    message = drift_message.whole(stack(item(severity=Severity.HIGH)), "open", ISSUE, page=PAGE)
    shown = json.dumps(message.blocks, ensure_ascii=False)
    assert message.text == "Drift in dev: 1 difference, the worst high"
    for part in ("`aws_x.x` out-of-band", "`a`: `1` → `2`", "infragate drift --env dev", f"<{PAGE}|", f"<{ISSUE}|"):
        assert part in shown
    check(message)


def test_the_worst_comes_first() -> None:
    message = drift_message.whole(
        stack(item(address="a"), item(address="b", severity=Severity.CRITICAL)), "open", None, page=None
    )
    assert "`b`" in message.blocks[1]["text"]["text"]


def test_many_differences_are_counted() -> None:
    items = [item(address=f"aws_x.x{number}") for number in range(500)]
    message = drift_message.whole(stack(*items), "open", None, page=None)
    assert message.text == "Drift in dev: 500 differences, the worst medium"
    assert any(text["text"] == "490 more." for text in texts(message))
    check(message)


def test_what_does_not_count_is_not_told() -> None:
    message = drift_message.whole(stack(item(), item(address="waived", waived_by="kim")), "open", None, page=None)
    assert "waived" not in json.dumps(message.blocks)


def test_settled_is_short() -> None:
    message = drift_message.whole(stack(status="clean"), "settle", ISSUE, page=PAGE)
    assert message.text == "No drift in dev any more"
    check(message)


def test_a_reply_says_what_changed() -> None:
    assert "Changed: 1 difference" in drift_message.reply(stack(item()), "update", page=PAGE).blocks[0]["text"]["text"]
    assert "Settled" in drift_message.reply(stack(status="clean"), "settle", page=PAGE).blocks[0]["text"]["text"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("foreign", HOSTILE)
def test_nothing_of_foreign_text_is_live(foreign: str, step: TellingStep) -> None:
    field = Field(path=foreign, before=foreign, after={foreign: foreign})
    drift = stack(item(address=foreign, evidence=foreign, fields=(field,) * 5), directory=foreign, commit=foreign)
    check(drift_message.whole(drift, step, ISSUE, page=PAGE))
    check(drift_message.reply(drift, step, page=PAGE))
    assert "\x1b" not in json.dumps(drift_message.whole(drift, step, None, page=None).blocks)


@given(text=st.text(max_size=400), many=st.integers(1, 60))
@examples(100)
def test_any_text_stays_within_the_limits(text: str, many: int) -> None:
    field = Field(path=text, before=text * 20, after=text)
    drift = stack(*(item(address=f"{text}{n}", evidence=text * 9, fields=(field,) * 9) for n in range(many)))
    for step in STEPS:
        check(drift_message.whole(replace(drift, directory=text), step, None, page=PAGE))
        check(drift_message.reply(drift, step, page=PAGE))


def test_the_test_message_says_that_it_is_one() -> None:
    for page in (PAGE, None):
        message = drift_message.trial("fileflow", "critical", page=page)
        assert message.text == "Test: drift of fileflow with severity critical is told here"
        check(message)
