from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.unit.examples import examples

from infragate.domain import neutral


@given(st.text(st.sampled_from("ab1 .,:/-`*_#<>[]()!@&;|~\\\"'\n\u200b"), max_size=30))
@examples(200)
def test_words_in_a_line_of_markdown_are_only_words(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(f"**Why:** {neutral.words(text)}")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    kinds = [child.type for child in tokens[1].children or ()]
    assert {*kinds} <= {"text", "text_special", "strong_open", "strong_close"}
    shown = "".join(child.content for child in tokens[1].children or () if child.type in ("text", "text_special"))
    assert shown.split() == ["Why:", *neutral.plain(text).split()]


@pytest.mark.parametrize("mention", ["@org/team", "a @kim", "#12", "<!-- x -->"])
def test_words_mention_nobody(mention: str) -> None:
    assert not set(neutral.words(mention)) & set("@<")


def test_ordinary_words_stay_as_they_are() -> None:
    reason = "prod is down: see https://example.com/1, since 10:00."
    assert neutral.words(reason) == reason


@pytest.mark.parametrize(
    ("document", "harmless"),
    [
        (b'{"a": "##[error]x"}', b'{"a": "#\\u0023[error]x"}'),
        ('{"a": "\u202e\x9b\x7f"}'.encode(), b'{"a": "\\u202e\\u009b\\u007f"}'),
        ('{"\U000e0041": 1}'.encode(), b'{"\\udb40\\udc41": 1}'),
        ('{"a": "한국어 ✓"}'.encode(), '{"a": "한국어 ✓"}'.encode()),
    ],
)
def test_a_json_document_is_escaped_where_it_would_be_obeyed(document: bytes, harmless: bytes) -> None:
    assert neutral.json_document(document) == harmless


def test_a_document_of_several_megabytes_is_escaped_everywhere_and_keeps_its_value() -> None:
    steered = ["한국어 \u202e" + "x" * 97 for _ in range(30_000)]
    document = json.dumps(steered, indent=2, ensure_ascii=False).encode()
    harmless = neutral.json_document(document)
    assert json.loads(harmless) == steered
    assert harmless == document.replace("\u202e".encode(), b"\\u202e")


def test_a_text_that_can_be_printed_has_nothing_that_is_hidden() -> None:
    every = "".join(map(chr, range(0x110000)))
    hidden = set(re.findall(f"[{neutral.HIDDEN}]", every))
    assert not any(letter.isprintable() for letter in hidden)
    assert neutral.plain(every) == "".join(letter for letter in every if letter not in hidden)
