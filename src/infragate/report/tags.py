"""The result of `tags`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.domain.tag_check import TaggedResource
from infragate.report import findings
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.tags import TagsResult

STYLES = {"ok": "good", "different": "warn", "missing": "bad", "gone": "bad", "unchecked": "bad"}
NONE = "-"


def document(result: TagsResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {
        "required": list(result.required),
        "resources": [_resource(resource) for resource in result.resources],
        "untaggable": list(result.untaggable),
        "findings": findings.document([*result.verdict.findings, *result.warnings], caller),
        "waived": findings.document(result.waived, caller),
    }


def _resource(resource: TaggedResource) -> dict[str, Any]:
    return {
        "address": resource.address,
        "type": resource.type,
        "arn": resource.arn or None,
        "status": resource.status,
        "state": dict(resource.state),
        "cloud": None if resource.cloud.tags is None else dict(resource.cloud.tags),
        "source": resource.cloud.source,
        "missing": list(resource.missing),
        "different": [{"tag": one.tag, "expected": one.expected, "actual": one.actual} for one in resource.different],
    }


def show(result: TagsResult, printer: Printer) -> None:
    """A line with its tags for each resource, then what is wrong, then how many are right."""
    rows = [_row(resource, result.required) for resource in result.resources]
    styles = [STYLES[resource.status] for resource in result.resources]
    printer.table(("", "resource", *result.required, "other tags"), rows, styles)
    for finding in (*result.verdict.findings, *result.warnings):
        findings.judged(finding, "blocks" if finding.fails else "warning", printer)
    for finding in result.waived:
        printer.line(f"waived: {finding.where}: {finding.message} ({finding.id})", "dim")
    _sum_up(result, printer)


def _row(resource: TaggedResource, required: tuple[str, ...]) -> tuple[str, ...]:
    tags = resource.tags
    others = " ".join(f"{name}={value}" for name, value in tags.items() if name not in required)
    return (resource.status, resource.address, *(tags.get(name) or NONE for name in required), others)


def _sum_up(result: TagsResult, printer: Printer) -> None:
    total, statuses = len(result.resources), [resource.status for resource in result.resources]
    right = statuses.count("ok")
    parts = [f"{statuses.count(status)} {status}" for status in STYLES if status != "ok" and status in statuses]
    waived = f", {len(result.waived)} waived" if result.waived else ""
    cannot = f" ({len(result.untaggable)} more resources cannot have tags)" if result.untaggable else ""
    text = f"{result.environment}: {right} of {total} resources have their tags{cannot}"
    printer.line("; ".join([text, *parts]) + waived, "good" if right == total else "bad")
