"""No text of another program is obeyed by what reads our output; parsers of these readers say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.unit import sinks
from tests.unit.examples import examples

from infragate.adapters.aws import state_store
from infragate.domain import neutral
from infragate.domain.redaction import Masker

PAYLOADS = [
    # Commands of GitHub's runner.
    "::error::x", "  ::add-mask::x", "\t::stop-commands::t", "a\n::set-output name=a::b", "a\r::error::x", "a\r\n::error::x",
    "\u2028::error::x", "\x85::error::x", "\x0b::error::x", "\x0c::error::x", "\xa0::error::x", "\u3000::error::x",
    "\u200b::error::x", "\ufeff::error::x", "\x1b[0m::error::x", "\x00::error::x", ":\u200b:error::x", "##[add-mask]x",
    "text ##[group]x", "##\u200b[error]x", "#\x00#[error]x", "#\x1b[0m#[error]x", "%0A::error::x", "::error file=a,line=1::x",
    # Terminals.
    "\x1b[31mred", "\x1b]0;title\x07", "\x1b]52;c;QUFB\x07", "\x1b]8;;http://evil.example\x1b\\link", "\x9b31m", "\x9d0;t\x9c",
    "\x1bP1$r\x1b\\", "\x1b[2J\x1b[H", "\x1bc", "\x1b(0", "a\b\b\bb", "a\x7fb", "a\rb", "\x1b\x1b[[31m31m", "\x1b", "\x9b",
    # What a reader does not see.
    "a\u202eb", "a\u2066b", "a\u200fb", "a\u200eb", "a\u061cb", "a\u2060b", "a\u00adb", "a\U000e0041b", "a\u2029b", "a\u180eb",
    # Markdown, mentions, HTML.
    "```\n# Approved", "````\n<script>x</script>", "~~~\n# x", "`\x00``\n# Approved", "``\u200b`\n# Approved", "``\x1b[0m`\n# x",
    "@org/team", "<!-- marker -->", "<img src=x onerror=y>", "[x](http://evil.example)", "</details>", "![x](y)", "<!channel>",
    "\\`\\`\\`", "# x\n---\n> y", "| a | b |\n|---|---|", "&lt;b&gt;", "http://evil.example",
]  # fmt: skip


ANNOTATIONS = 4 + 4  # of a warning, an error and what it lists; of the gate's findings that are not waived


def live(text: str) -> dict[str, object]:
    """What is obeyed of a text, by sink."""
    held = sinks.all_sinks(text, Masker(["hunter2hunter"]))
    found: dict[str, object] = {}
    for name, content in held.items():
        if orders := sinks.terminal_orders(content, coloured=name == "person"):
            found[f"{name}: terminal"] = orders
        if name not in ("person", "plain") and name not in ("summary", "crash"):  # what a job's log shows
            commands = [entry for entry in sinks.runner_commands(content) if entry not in ("error", "warning")]
            if commands:
                found[f"{name}: runner"] = commands
            ours = len(sinks.runner_commands(content)) - len(commands)
            if ours != (ANNOTATIONS if name == "github" else 0):
                found[f"{name}: annotations"] = ours
    if markup := _markup(held["summary"]):
        found["summary: markup"] = markup
    for name in ("json", "report", "record"):
        sinks.values_of(held[name])
    return found


def _markup(page: str) -> list[str]:
    """All of a summary that is not its title, or a block of literal text."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    allowed = ["heading_open", "inline", "heading_close", "fence", "fence"]
    inner = [child.type for token in tokens if token.type == "inline" for child in token.children or ()]
    wrong = [token.type for token in tokens] if [token.type for token in tokens] != allowed else []
    return wrong + [kind for kind in inner if kind not in ("text", "text_special")]


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
@pytest.mark.parametrize("around", ["{}", "text {} text", "{0}{0}"])
def test_a_payload_is_nowhere_obeyed(payload: str, around: str) -> None:
    assert live(around.format(payload)) == {}


PIECES = ("::", "##[", "```", "\x1b[", "\x1b]0;", "hunter2hunter", *"ab:#[]`<@\n\t\r\x1b\x9b\x00\u200b\u2028\u202e~|")
_PARTS = st.sampled_from(PIECES)


@given(st.lists(_PARTS, max_size=12).map("".join))
@examples(100)
def test_no_text_at_all_is_obeyed(text: str) -> None:
    assert live(text) == {}


@given(st.text(st.characters(codec="utf-8"), max_size=20))
@examples(200)
def test_a_document_keeps_every_character(text: str) -> None:
    document = sinks.record("dev", {text: [text]})
    held = neutral.json_document(state_store.written(document, Masker()))
    assert sinks.values_of(held.decode())["result"] == {text: [text]}


@given(st.text(_PARTS.map(lambda part: part[0]), max_size=30))
@examples(100)
def test_a_block_of_markdown_holds_exactly_its_text(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(neutral.fenced(text))
    assert [(token.type, token.content.rstrip("\n")) for token in tokens] == [
        ("fence", neutral.plain(text).rstrip("\n"))
    ]
