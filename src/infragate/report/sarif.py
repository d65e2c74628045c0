"""The gate's result as SARIF 2.1.0, as GitHub's code scanning reads it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from infragate import __version__
from infragate.domain import neutral
from infragate.domain.finding import Severity

if TYPE_CHECKING:
    from infragate.report.gate_view import EvidenceRow, FindingRow, GateView

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
# GitHub's scale: over 9 is critical, from 7 high, from 4 medium.
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
_MENTION = re.compile(r"@(?=[A-Za-z0-9])")


def document(view: GateView) -> dict[str, Any]:
    """One run, with the engines as its extensions; a check that could not run is also a notification."""
    rules = {rule["id"]: number for number, rule in enumerate(_rules(view["findings"]))}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "infragate", "version": __version__, "rules": list(_rules(view["findings"]))},
                    "extensions": [_extension(proof) for proof in view["evidence"]],
                },
                "automationDetails": {"id": f"infragate-gate/{view['key']}/"},
                "invocations": [_invocation(view)],
                "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the checkout."}}},
                "results": list(_results(view, rules)),
                "properties": {"verdict": view["decision"], "approvalsRequired": view["approvals_required"]},
            }
        ],
    }


def _rules(findings: Iterable[FindingRow]) -> Iterator[dict[str, Any]]:
    """A rule for each id, with the highest severity of its findings."""
    worst: dict[str, FindingRow] = {}
    for finding in findings:
        known = worst.setdefault(finding["id"], finding)
        if _severity(finding) > _severity(known):
            worst[finding["id"]] = finding
    for name, finding in sorted(worst.items()):
        rule: dict[str, Any] = {
            "id": name,
            "name": re.sub(r"[^A-Za-z0-9]+", "_", name),
            "shortDescription": {"text": _text(finding["message"])},
            "defaultConfiguration": {"level": LEVELS[finding["severity"]]},
            "properties": {
                "security-severity": _SCORES[finding["severity"]],
                "tags": ["security", *finding["engines"]],
            },
        }
        if neutral.is_web(finding["link"]):
            rule["helpUri"] = finding["link"]
        if about := finding["link"] or finding["fix"]:
            rule["help"] = {"text": _text(about)}
        yield rule


def _severity(finding: FindingRow) -> Severity:
    return Severity[finding["severity"].upper()]


def _extension(proof: EvidenceRow) -> dict[str, Any]:
    about = {"check": proof["check"], "scanned": proof["scanned"], "inputDigest": proof["digest"]}
    return {"name": f"{proof['tool']} ({proof['check']})", "version": proof["version"], "properties": about}


def _invocation(view: GateView) -> dict[str, Any]:
    failed = [finding for finding in view["findings"] if finding["state"] == "not run"]
    notifications = [{"level": "error", "message": {"text": _text(finding["message"])}} for finding in failed]
    if view["findings_left"]:
        left = {"text": f"{view['findings_left']} more findings were left out"}
        notifications.append({"level": "warning", "message": left})
    return {"executionSuccessful": not failed, "toolExecutionNotifications": notifications}


def _results(view: GateView, rules: dict[str, int]) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for finding in view["findings"]:
        mark = _fingerprint(finding)
        seen[mark] += 1
        result: dict[str, Any] = {
            "ruleId": finding["id"],
            "ruleIndex": rules[finding["id"]],
            "level": LEVELS[finding["severity"]],
            "message": {"text": _text(_message(finding))},
            "locations": [_location(finding, view)],
            "partialFingerprints": {"primaryLocationLineHash": f"{mark}:{seen[mark]}"},
            "properties": {"state": finding["state"], "engines": finding["engines"]},
        }
        if waiver := finding["waiver"]:
            why = f"{waiver['reason']} (owner {waiver['owner']}, until {waiver['until']}, {waiver['link']})"
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": _text(why)}]
        yield result


def _message(finding: FindingRow) -> str:
    engines = ", ".join(finding["engines"])
    subject = f"{finding['address']}: " if finding["address"] else ""
    fix = f"\nfix: {finding['fix']}" if finding["fix"] else ""
    return f"{subject}{finding['message']} ({engines}){fix}"


def _location(finding: FindingRow, view: GateView) -> dict[str, Any]:
    """The line in the checkout; without one the Stack's folder: GitHub refuses a result without a place."""
    path = finding["file"].lstrip("/") or view["directory"] or "plan.json"
    physical: dict[str, Any] = {
        "artifactLocation": {"uri": quote(path, errors="backslashreplace"), "uriBaseId": "%SRCROOT%"}
    }
    physical["region"] = {"startLine": max(finding["line"], 1)}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding["address"]:
        location["logicalLocations"] = [{"fullyQualifiedName": finding["address"], "kind": "resource"}]
    return location


def _fingerprint(finding: FindingRow) -> str:
    """The same in every run that has the complaint, wherever its line has moved and whichever engine says it."""
    identity = "\0".join((finding["id"], finding["address"], finding["file"]))
    return hashlib.sha256(identity.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _text(text: str) -> str:
    """Plain text; readers of SARIF take `[text](target)` in it as a link, and GitHub `@name` as a mention."""
    return _MENTION.sub("@ ", text).replace("](", "] (")
