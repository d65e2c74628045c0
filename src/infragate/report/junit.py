"""The gate's result as JUnit XML: a suite for each check, a case for each of its findings, and the Verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from infragate.domain import neutral
from infragate.report.gate_states import COUNTING

if TYPE_CHECKING:
    from infragate.report.gate_view import EvidenceRow, FindingRow, GateView

_NO_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 has no such characters


def document(view: GateView) -> bytes:
    """An XML document in UTF-8."""
    root = Element("testsuites", name=text(f"infragate gate {view['subject']}"))
    root.append(_verdict(view))
    for check, (proof, findings) in _by_check(view).items():
        root.append(_suite(check, proof, findings))
    return written(root)


def written(root: Element) -> bytes:
    """The document of some suites, with their sums."""
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    indent(root)
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _by_check(view: GateView) -> dict[str, tuple[EvidenceRow | None, list[FindingRow]]]:
    """The findings of each check; of a source that is no check by itself (cost, waiver): under its name."""
    suites: dict[str, tuple[EvidenceRow | None, list[FindingRow]]] = {
        proof["check"]: (proof, []) for proof in view["evidence"]
    }
    for finding in view["findings"]:
        source = finding["engines"][0]
        check = next((name for name in suites if name == source or name.startswith(f"{source}-")), source)
        if finding["state"] == "not run":
            check = finding["id"].rpartition("/")[2]
        suites.setdefault(check, (None, []))[1].append(finding)
    return suites


def _verdict(view: GateView) -> Element:
    """A red case if the run may not go on, also where no finding says why."""
    allows = view["decision"] == "allow"
    suite = counted("verdict", tests=1, failures=not allows, errors=False, skipped=0)
    case = SubElement(suite, "testcase", name=text(f"the gate allows {view['subject']}"), classname="verdict")
    if not allows:
        failure = SubElement(case, "failure", type="verdict", message=text(f"verdict: {view['decision']}"))
        failure.text = text("\n".join(view["reasons"]))
    return suite


def _suite(check: str, proof: EvidenceRow | None, findings: Sequence[FindingRow]) -> Element:
    states = [finding["state"] for finding in findings]
    suite = counted(
        check,
        tests=max(len(findings), 1),
        failures=sum(state in COUNTING and state != "not run" for state in states),
        errors=states.count("not run"),
        skipped=states.count("waived"),
    )
    if proof is not None:
        suite.set("time", proof["seconds"])
        properties = SubElement(suite, "properties")
        for name in ("tool", "version", "scanned", "digest"):
            SubElement(properties, "property", name=name, value=text(proof[name]))
    if not findings:
        SubElement(suite, "testcase", name="no findings", classname=text(check))
    suite.extend(_case(check, finding) for finding in findings)
    return suite


def counted(name: str, **numbers: int) -> Element:
    """A suite with its numbers."""
    return Element("testsuite", {"name": text(name), **{key: str(int(value)) for key, value in numbers.items()}})


def _case(check: str, finding: FindingRow) -> Element:
    name = f"{finding['id']} {finding['address'] or finding['where']}"
    case = Element("testcase", name=text(name), classname=text(check))
    state, message = finding["state"], text(" ".join(finding["message"].split()))
    if state == "waived":
        SubElement(case, "skipped", message=text(_exception(finding)))
    elif state in COUNTING:
        kind = "error" if state == "not run" else "failure"
        SubElement(case, kind, type=finding["severity"], message=message).text = text("\n".join(_details(finding)))
    else:
        SubElement(case, "system-out").text = text("\n".join([state, *_details(finding)]))
    return case


def _exception(finding: FindingRow) -> str:
    waiver = finding["waiver"]
    return f"waived until {waiver['until']} by {waiver['owner']}: {waiver['reason']}" if waiver else "waived"


def _details(finding: FindingRow) -> Iterator[str]:
    yield finding["message"]
    yield f"where: {finding['where']}"
    yield f"severity: {finding['severity']}; engines: {', '.join(finding['engines'])}"
    yield from (f"{label}: {text}" for label, text in (("fix", finding["fix"]), ("link", finding["link"])) if text)


def text(foreign: str) -> str:
    """Only characters that XML has, and no command of a log that may print the file."""
    return neutral.without_commands(_NO_XML.sub("", foreign))
