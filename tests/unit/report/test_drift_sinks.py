"""No text of another program is obeyed by what reads a report file of drift, and no secret is in one."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit import drift_results, gate_sinks, sinks
from tests.unit.examples import examples
from tests.unit.report.test_gate_sinks import HTML, MENTION
from tests.unit.report.test_junit import schema
from tests.unit.report.test_sinks import PAYLOADS, PIECES

from infragate.domain.redaction import Masker

SECRET = "hunter2hunter"
OURS = {"#differences"}


@cache
def harmless() -> dict[str, str]:
    return drift_results.files("harmless", Masker([SECRET]))


def live(text: str) -> dict[str, object]:
    """What is live in the files: all that the same files do not have for a harmless text."""
    held = drift_results.files(text, Masker([SECRET]))
    page, parts = gate_sinks.page(held["html"]), gate_sinks.markdown(held["markdown"])
    outside = [content for kind, content in parts if kind in ("text", "text_special")]
    found: dict[str, object] = {
        "html: tags": Counter(page.tags) - Counter(gate_sinks.page(harmless()["html"]).tags),
        "html: links": [
            link for link in page.links if link not in OURS and not link.startswith("https://evil.example/")
        ],
        "markdown: markup": Counter(kind for kind, _ in parts)
        - Counter(kind for kind, _ in gate_sinks.markdown(harmless()["markdown"])),
        "markdown: mentions": [said for said in outside if re.search(r"://|www\.|#\d", said) or MENTION.search(said)],
    }
    for name, content in held.items():
        found[f"{name}: terminal"] = sinks.terminal_orders(content, coloured=False)
        found[f"{name}: runner"] = sinks.runner_commands(content)
        found[f"{name}: secret"] = SECRET in content
    tree = ET.fromstring(held["junit"])
    told = "\n".join(said for node in tree.iter() for said in (*node.attrib.values(), node.text or ""))
    found["junit: runner"] = sinks.runner_commands(told)
    return {name: what for name, what in found.items() if what}


@pytest.mark.parametrize("payload", [*PAYLOADS, *HTML], ids=ascii)
def test_a_payload_is_nowhere_obeyed(payload: str) -> None:
    assert live(f"{payload} {SECRET}") == {}


_PARTS = st.sampled_from([*PIECES, "<", "</p>", '"', "'", "&lt;", "](", "@a", "\\", "{{", "]]>", "://"])


@given(st.lists(_PARTS, max_size=12).map("".join))
@examples(40)
def test_no_text_at_all_is_obeyed(text: str) -> None:
    assert live(text) == {}


@given(st.text(st.characters(codec=None), max_size=20))
@examples(40)
def test_no_text_makes_a_junit_document_that_the_schema_refuses(text: str) -> None:
    schema().validate(drift_results.files(text, Masker())["junit"])
