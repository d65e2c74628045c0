"""The drift of all Stacks as JUnit XML: a case for each Stack, which passes only if nothing is known to differ.

A Stack that was skipped is an error as well: nobody has looked at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from infragate.report import junit

if TYPE_CHECKING:
    from infragate.report.drift_view import DriftView, ItemRow, StackRow

_SUITE = "drift"


def document(view: DriftView) -> bytes:
    """An XML document in UTF-8."""
    unknown = view["statuses"]["error"] + view["statuses"]["skipped"] + len(view["missing"])
    root = Element("testsuites", name="infragate drift")
    suite = junit.counted(
        _SUITE,
        tests=len(view["stacks"]) + len(view["missing"]),
        failures=view["statuses"]["drift"],
        errors=unknown,
        skipped=0,
    )
    suite.extend(_case(stack) for stack in view["stacks"])
    suite.extend(_missing(shard) for shard in view["missing"])
    root.append(suite)
    return junit.written(root)


def _case(stack: StackRow) -> Element:
    name = f"{stack['name']} ({stack['directory']})"
    case = Element("testcase", name=junit.text(name), classname=_SUITE, time=stack["seconds"])
    if stack["status"] in ("error", "skipped"):
        message = f"{stack['status']}, its drift is not known: {_line(stack['said'])}"
        _child(case, "error", stack["status"], message, [*stack["said"], *_lines(stack)])
    elif stack["status"] == "drift":
        _child(case, "failure", stack["severity"], stack["differences"], _lines(stack))
    elif stack["listed"] or stack["left"]:
        SubElement(case, "system-out").text = junit.text("\n".join(_lines(stack)))
    return case


def _missing(shard: str) -> Element:
    case = Element("testcase", name=junit.text(f"part {shard} of all Stacks"), classname=_SUITE)
    _child(case, "error", "missing", "it gave no result: the drift of its Stacks is not known", [])
    return case


def _child(case: Element, tag: str, kind: str, message: str, lines: list[str] | Iterator[str]) -> None:
    child = SubElement(case, tag, type=kind, message=junit.text(message))
    child.text = junit.text("\n".join(lines))


def _line(said: list[str]) -> str:
    """The sentence of an error that has several lines, else the only one."""
    told = next((line.removeprefix("message: ") for line in said if line.startswith("message: ")), "".join(said[:1]))
    return " ".join(told.split())


def _lines(stack: StackRow) -> Iterator[str]:
    for item in (*stack["counting"], *stack["listed"]):
        yield from _item(item)
    if stack["left"]:
        yield f"{stack['left']} more are left out here; the JSON report has all"


def _item(item: ItemRow) -> Iterator[str]:
    marks = f" ({', '.join(item['marks'])})" if item["marks"] else ""
    waived = f", waived by {item['waived_by']}" if item["waived_by"] else ""
    yield f"{item['severity']} {item['cause']}{marks}{waived}: {item['address']}"
    yield from (f"    {value['path']}: {value['cloud']} -> {value['code']}" for value in item["fields"])
    yield f"    {item['evidence']}"
