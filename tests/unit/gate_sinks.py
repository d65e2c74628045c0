"""The report files of the gate as places where foreign text leaves infragate, and parsers of what reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt
from tests.unit import gate_results

from infragate.domain.finding import Finding, InputValue, Severity, Waiver
from infragate.domain.gate.approvals import Approvals
from infragate.domain.gate.cost import CostDelta, ResourceCost, Unpriced
from infragate.domain.plan import Plan
from infragate.domain.redaction import Masker
from infragate.report import comment, comment_post, gate, gate_view, html, junit, sarif
from infragate.report.printer import Printer
from infragate.usecases.comment import EnvironmentReports, Reports
from infragate.usecases.gate.gate_result import GateResult

_MARKER = re.compile(r"html_block <!-- infragate:gate:(?!.*--.* -->)[\w./-]* -->\n")
POSTED = "<!-- infragate:pull-request -->"
_MEMORY = re.compile(r"html_block <!-- infragate-memory:1 [A-Za-z0-9+/=]+ -->\n")
_READER = MarkdownIt("commonmark").enable("table")
VOID = frozenset(("meta", "input", "br", "hr", "img", "link"))


def result(text: str, plan: Plan | None = None) -> GateResult:
    """A result with this text wherever a text of others can be."""
    common: dict[str, Any] = {
        "message": text,
        "file": text,
        "line": 3,
        "address": text,
        "link": text,
        "fix": text,
        "snippet": text,
        "inputs": (InputValue(name=text, file=text, value=text),),
        "engines": (text,),
    }
    findings = (
        Finding(id=text, source="trivy-code", **common),
        Finding(id="waived", source=text, **common),
        Finding(id="approved", source="conftest", approvals=2, **common),
        Finding(id="low", source="checkov", severity=Severity.LOW, **common),
        Finding(id="engine/trivy", source="engine", message=text, fix=text),
    )
    waiver = Waiver(
        id="waived", address="*", environment=None, owner=text, reason=text, link=text, expires=date(2026, 12, 1)
    )
    row = ResourceCost(address=text, type=text, before=Decimal(1), after=Decimal(2))
    made = gate_results.result(
        *findings,
        waivers=(waiver,),
        approvals=Approvals(names=(text,), commit=text, source=text, not_counted=((text, text),)),
        cost=CostDelta(currency=text, resources=(row,), unpriced=(Unpriced(address=text, reason=text),), source=text),
        environment=text,
        directory=text,
        commit=text,
        notes=(text,),
        evidence=(gate_results.evidence(text, tool=text), gate_results.evidence("trivy-code")),
    )
    return made if plan is None else replace(made, plan=plan)


def files(text: str, masker: Masker, plan: Plan | None = None) -> dict[str, str]:
    """What each report file holds, by its kind."""
    shown, printer = result(text, plan), Printer(mode="plain", colour=False, masker=masker)
    view = gate_view.view(shown, printer)
    return {
        "sarif": printer.document_bytes(sarif.document(view)).decode(),
        "junit": junit.document(view).decode(),
        "html": html.page(view).encode("utf-8", "backslashreplace").decode(),
        "comment": comment.markdown(view).encode("utf-8", "backslashreplace").decode(),
        "post": post(text, gate.document(shown, printer.caller), printer),
        "gate json": printer.document_bytes(gate.document(shown, printer.caller)).decode(),
    }


def post(text: str, judged: dict[str, Any], printer: Printer) -> str:
    """The comment at the pull request, with this text as the error of a verb as well."""
    error = {"message": text, "where": text, "fix": text, "findings": []}
    failed = {"verb": "plan", "exit_code": 4, "result": None, "error": error}
    documents: dict[str, dict[str, Any]] = {"gate": {"verb": "gate", "result": judged, "error": None}, "plan": failed}
    reports = Reports(environments=(EnvironmentReports(name=text, documents=documents),), commit=text)
    told = comment_post.markdown(reports, first_line=POSTED, page=None, printer=printer, present=None)
    return told.encode("utf-8", "backslashreplace").decode()


def read(held: dict[str, str]) -> dict[str, str]:
    """What a reader of each file sees: its texts without the syntax that carries them."""
    tree = ET.fromstring(held["junit"])
    return {
        "sarif": "\n".join(_strings(json.loads(held["sarif"]))),
        "junit": "\n".join(text for node in tree.iter() for text in (*node.attrib.values(), node.text or "")),
        "html": "\n".join(page(held["html"]).texts),
        "comment": "\n".join(text for _, text in markdown(held["comment"])),
        "post": "\n".join(text for _, text in markdown(held["post"])),
        "gate json": "\n".join(_strings(json.loads(held["gate json"]))),
    }


class Page(HTMLParser):
    """The tags of a page with the names of their attributes, and all its texts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, ...]] = []
        self.texts: list[str] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))
        self.texts += [value for _, value in attrs if value]
        self.links += [value for name, value in attrs if name in ("href", "src", "action") and value]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] not in (["script"], ["style"]):
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


@lru_cache(maxsize=8)
def page(text: str) -> Page:
    """The page that a test asks several times about."""
    return Page(text)


@lru_cache(maxsize=8)
def markdown(page: str) -> tuple[tuple[str, str], ...]:
    """The kind and the content of each part of a comment; of our own HTML the content is part of the kind."""
    return tuple(_markdown(page))


def _markdown(page: str) -> Iterator[tuple[str, str]]:
    for token in _READER.parse(page):
        kind = f"{token.type} {token.content}" if token.type == "html_block" else token.type
        yield "marker" if _MARKER.fullmatch(kind) or _MEMORY.fullmatch(kind) else kind, token.content
        for child in token.children or ():
            yield f"{child.type} {child.content}" if child.type == "html_inline" else child.type, child.content


def messages(document: str) -> Iterator[str]:
    """The texts of a SARIF document that a forge shows as more than plain text."""
    run = json.loads(document)["runs"][0]
    for entry in (*run["results"], *run["invocations"][0]["toolExecutionNotifications"]):
        yield entry["message"]["text"]
    for rule in run["tool"]["driver"]["rules"]:
        yield from (rule[name]["text"] for name in ("shortDescription", "help") if name in rule)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield key
            yield from _strings(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _strings(entry)
