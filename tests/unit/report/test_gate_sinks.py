"""No text of another program is obeyed by what reads a report file of the gate; parsers of these readers say so."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.unit import gate_sinks, sinks
from tests.unit.examples import examples
from tests.unit.report.test_sinks import PAYLOADS, PIECES

from infragate.domain import neutral
from infragate.domain.redaction import Masker

HTML = [
    "<script>document.title='x'</script>", "</script><script>x</script>", "</style><svg onload=x>", "\"><b onclick='x'>",
    "' autofocus", "javascript:alert(1)", "https://evil.example/\"onclick=x", "data:text/html,x", "]]>", "<![CDATA[x]]>",
    "<?xml version='1.0'?>", "&#60;script&#62;", "{{ 7*7 }}", "{% raw %}", "{# x", "\ud800", "\ufffe", "#12", "GH-12",
    "www.evil.example", "`", "``", "` | `", "a\\|b", "\\", "--> <b>", "--!> <b>",
]  # fmt: skip
MENTION = re.compile(r"(?<![\w&])@[A-Za-z0-9]")
COMMENTS = ("comment", "post")
CODE = ("code_inline", "fence")


@cache
def harmless() -> dict[str, str]:
    return gate_sinks.files("harmless", Masker(["hunter2hunter"]))


def live(text: str) -> dict[str, object]:
    """What is live in the files: all that the same files do not have for a harmless text."""
    held = gate_sinks.files(text, Masker(["hunter2hunter"]))
    page, told = gate_sinks.page(held["html"]), gate_sinks.read(held)
    parts = {name: list(gate_sinks.markdown(held[name])) for name in COMMENTS}
    outside = [content for name in COMMENTS for kind, content in parts[name] if kind in ("text", "text_special")]
    found: dict[str, object] = {
        "html: tags": Counter(page.tags) - Counter(gate_sinks.page(harmless()["html"]).tags),
        "html: links": [link for link in page.links if link != "#findings"],
        **{
            f"{name}: markup": Counter(kind for kind, _ in parts[name])
            - Counter(kind for kind, _ in gate_sinks.markdown(harmless()[name]))
            for name in COMMENTS
        },
        "comments: mentions": [content for content in outside if re.search(r"@\w|://|www\.|#\d", content)],
        "sarif: links": [said for said in gate_sinks.messages(held["sarif"]) if "](" in said or MENTION.search(said)],
    }
    for name in ("sarif", "junit", "html", *COMMENTS):  # in their texts as well: readers show them to people
        found[f"{name}: terminal"] = sinks.terminal_orders(held[name], coloured=False)
        found[f"{name}: texts"] = sinks.terminal_orders(told[name], coloured=False)
        found[f"{name}: runner"] = sinks.runner_commands(held[name])
    return {name: what for name, what in found.items() if what}


@pytest.mark.parametrize("payload", [*PAYLOADS, *HTML], ids=ascii)
def test_a_payload_is_nowhere_obeyed(payload: str) -> None:
    assert live(payload) == {}


_PARTS = st.sampled_from([*PIECES, "<", "</p>", '"', "'", "&lt;", "](", "@a", "\\", "{{", "]]>", "://"])


@given(st.lists(_PARTS, max_size=12).map("".join))
@examples(40)
def test_no_text_at_all_is_obeyed(text: str) -> None:
    assert live(text) == {}


@given(st.lists(st.sampled_from([*"ab`|\\ \n*_<&[]@", "``", "~~~"]), max_size=20).map("".join))
@examples(200)
def test_a_code_span_holds_exactly_its_text_in_a_line_and_in_a_table(text: str) -> None:
    plain = " ".join(text.split()).replace("|", "\u00a6")
    tokens = MarkdownIt("commonmark").enable("table").parse(f"| a | b |\n|---|---|\n| {neutral.code(text)} | x |")
    cells = [token for token in tokens if token.type == "inline"][2:]
    assert [[(child.type, child.content) for child in cell.children or ()] for cell in cells] == [
        [("code_inline", plain)] if plain else [],
        [("text", "x")],
    ]
