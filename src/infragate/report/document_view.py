"""The JSON documents of the verbs about one Environment as the texts that the reports of the gate show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from infragate.domain.gate import cost as costs
from infragate.report import gate_states, gate_view
from infragate.report.comment import PLANNED
from infragate.report.plan_text import ORDER
from infragate.report.plan_values import shown

if TYPE_CHECKING:
    from infragate.report.gate_view import ChangeRow, CostView, EvidenceRow, FieldRow, FindingRow, GateView, WaiverRow
    from infragate.report.printer import Printer
    from infragate.usecases.comment import EnvironmentReports

_TEXT = 4_000  # characters of one value
_NO_GATE: Mapping[str, Any] = {
    "directory": None,
    "verdict": {"decision": PLANNED, "approvals_required": 0, "reasons": []},
    "findings": [],
    "evidence": [],
    "notes": [],
    "cost": None,
    "policy": {"origin": "", "changed": []},
    "approved_by": [],
    "acceptance": [],
}


def view(reports: EnvironmentReports, printer: Printer) -> GateView | None:
    """The texts; None if every verb ended in an error."""
    gate, plan, cost = (reports.result(verb) for verb in ("gate", "plan", "cost-check"))
    judged = gate or _without_gate(cost)
    if not (gate or plan or cost):
        return None
    findings = [_finding(finding) for finding in judged["findings"]]
    findings.sort(key=lambda row: gate_states.STATES.index(row["state"]))
    changes = gate_view.fitting(_changes(plan or {"changes": [], "outputs": []}), gate_view.CHANGES)
    counts = Counter(row["state"] for row in findings)
    seen: GateView = {
        "subject": reports.name,
        "key": reports.name,
        "directory": judged["directory"] or "",
        "commit": (plan and plan["manifest"]["commit"]) or "",
        "decision": judged["verdict"]["decision"],
        "approvals_required": judged["verdict"]["approvals_required"],
        "approved_by": judged["approved_by"],
        "not_counted": [],
        "reasons": judged["verdict"]["reasons"],
        "steps": list(_steps(judged, counts)),
        "findings": findings[: gate_view.FINDINGS],
        "findings_left": max(len(findings) - gate_view.FINDINGS, 0),
        "counts": {state: counts[state] for state in gate_states.STATES},
        "evidence": [_evidence(proof) for proof in judged["evidence"]],
        "notes": judged["notes"],
        "cost": _cost(cost or judged["cost"]),
        "summary": (gate or plan or {"summary": {}})["summary"],
        "changes": changes,
        "changes_left": len(plan["changes"]) + len(plan["outputs"]) - len(changes) if plan else 0,
        "policy": judged["policy"]["origin"],
        "policy_changed": judged["policy"]["changed"],
        "acceptance": judged["acceptance"],
    }
    return cast("GateView", printer.cleaned(seen))


def _without_gate(cost: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The Verdict of cost-check where it ran alone."""
    if cost is None:
        return _NO_GATE
    verdict, policy = cost["verdict"], {"origin": cost["policy"], "changed": []}
    shared = {"verdict": verdict, "policy": policy, "notes": verdict["reasons"], "approved_by": cost["approved_by"]}
    return {**_NO_GATE, **shared, "evidence": [cost["evidence"]]}


def _steps(judged: Mapping[str, Any], counts: Mapping[str, int]) -> Iterator[str]:
    """As `gate_states.next_steps`, from a document."""
    for finding in judged["findings"]:
        if finding["state"] == "not run":
            yield f"make {finding['id'].rpartition('/')[2]} run: {finding['fix'] or finding['message']}"
    if counts["blocks"]:
        yield f"change what blocks ({counts['blocks']}), or ask for an exception: {gate_states.EXCEPTIONS}"
    if needed := judged["verdict"]["approvals_required"]:
        given = judged["approved_by"]
        have = f"{len(given)} given: {', '.join(given)}" if given else "none is given"
        yield f"get {needed} approvals of this commit ({have})"
    if judged["policy"]["changed"]:
        yield "let the owners of the policy approve its change; it has no effect on this Verdict"


def _finding(finding: Mapping[str, Any]) -> FindingRow:
    line = f":{finding['line']}" if finding["line"] else ""
    place = f"{finding['file']}{line}" if finding["file"] else finding["address"] or finding["source"]
    owner, until = finding["waived_by"], finding["waived_until"]
    waiver: WaiverRow = {"owner": owner, "reason": "", "link": "", "until": until or ""}
    return {
        "id": finding["id"],
        "severity": finding["severity"],
        "state": finding["state"],
        "message": finding["message"],
        "where": place,
        "address": finding["address"] or "",
        "file": finding["file"] or "",
        "line": finding["line"] or 0,
        "link": finding["link"] or "",
        "fix": finding["fix"] or "",
        "snippet": finding["snippet"] or "",
        "engines": list(dict.fromkeys([finding["source"], *finding["engines"]])),
        "approvals": finding["approvals"],
        "waiver": waiver if owner else None,
    }


def _evidence(proof: Mapping[str, Any]) -> EvidenceRow:
    return {
        "check": proof["check"],
        "tool": proof["tool"],
        "version": proof["version"],
        "scanned": str(proof["scanned"]),
        "seconds": f"{proof['duration_seconds']:.1f}",
        "digest": proof["input_digest"],
    }


def _cost(cost: Mapping[str, Any] | None) -> CostView | None:
    """Of cost-check, or the shorter one of the gate."""
    if cost is None:
        return None
    percent = "no cost before" if cost["percent"] is None else f"{Decimal(cost['percent']):+.2f}%"
    unknown = "" if cost["known"] else "; not all of it is known"
    return {
        "currency": cost["currency"],
        "before": costs.money(Decimal(cost["before"])),
        "after": costs.money(Decimal(cost["after"])),
        "change": f"{costs.signed(Decimal(cost['delta']))} {cost['currency']} a month ({percent}){unknown}",
        "source": cost.get("price_source", ""),
        "rows": [],
        "unpriced": [],
    }


def _changes(plan: Mapping[str, Any]) -> Iterator[ChangeRow]:
    """Losses first."""
    outputs = ({**output, "address": f"output.{output['name']}"} for output in plan["outputs"])
    for change in sorted([*plan["changes"], *outputs], key=lambda change: ORDER.index(change["action"])):
        rows, quiet = _fields(change["fields"], change["action"])
        yield {
            "sign": "",
            "action": change["action"],
            "address": change["address"],
            "notes": list(_notes(change)),
            "fields": rows or _attributes(change),
            "quiet": quiet,
        }


def _notes(change: Mapping[str, Any]) -> Iterator[str]:
    """As `plan_text.notes`, from a document."""
    if change.get("stateful"):
        yield "STATEFUL"
    if exposures := change.get("exposures"):
        yield f"PUBLIC: {', '.join(exposures)}"
    if change.get("imported"):
        yield "import"
    if source := change.get("moved_from"):
        yield f"was {source}"
    if reason := change.get("reason"):
        yield reason


def _fields(fields: list[Mapping[str, Any]], action: str) -> tuple[list[FieldRow], str]:
    """The differences that say something; of what is created or destroyed the one side that it has."""
    telling = [field for field in fields if "group" not in field]
    rows: list[FieldRow] = [
        {
            "path": field["path"],
            "before": "" if action == "create" else shown(field["before"], limit=_TEXT),
            "after": "" if action == "delete" else shown(field["after"], limit=_TEXT),
            "forces": "forces_replacement" in field,
        }
        for field in telling[: gate_view.FIELDS]
    ]
    left = len(fields) - len(rows)
    return rows, f"{left} more, computed or empty" if left else ""


def _attributes(change: Mapping[str, Any]) -> list[FieldRow]:
    """What a reviewer decides from when it is created or destroyed."""
    new = change["action"] == "create"
    values = {name: shown(value, limit=_TEXT) for name, value in change.get("key_attributes", {}).items()}
    return [
        {"path": name, "before": "" if new else value, "after": value if new else "", "forces": False}
        for name, value in values.items()
    ]
