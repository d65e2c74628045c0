"""trivy over the code (`trivy-code`) and over the plan (`trivy-plan`), with the checks that are built into it.

Its exit code says nothing: 0 with findings, 0 for text that is no plan. What counts is a result of the expected type that
counted at least one check. One artefact a call: beside a plan file it would not look at the code.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from infragate.adapters.scanners import engine_run
from infragate.adapters.scanners.code_view import CodeView
from infragate.adapters.scanners.engine import Scan
from infragate.adapters.scanners.engine_run import EngineOutput, Locate
from infragate.adapters.scanners.subject import Subject
from infragate.adapters.tools import tool_store
from infragate.adapters.tools.tool_store import Located
from infragate.domain.finding import Finding

NAME = "trivy"
_SCHEMA = 2
# No call to the network, no settings of the checkout, no comments or files that switch checks off.
_FLAGS = (
    *("config", "--quiet", "--format", "json", "--include-non-failures"),
    *("--skip-check-update", "--skip-version-check", "--disable-telemetry"),
    *("--config", "", "--ignorefile", ""),
)
_ID = re.compile(r"(?:AVD-)?([A-Z]+-[0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrivyCode:
    """The check `trivy-code`."""

    check: str = "trivy-code"
    program: str = NAME
    locate: Locate = tool_store.program

    def run(self, subject: Subject) -> Scan:
        located = self.locate(NAME, subject.pins)
        scratch = engine_run.own_scratch(subject, self.check)
        view = subject.view.of(subject)
        values = ["--tf-vars", str(view.var_file)] if view.var_file else []
        ran, results = _results(located, "terraform", values, view.base, subject=subject, scratch=scratch)
        _refuse_nothing(results, resources=view.resources)
        return Scan(
            findings=tuple(dict.fromkeys(_in_code(entry, target, view) for entry, target in _failures(results))),
            evidence=engine_run.evidence(
                self.check, located, digest=subject.code_digest, scanned=view.files, seconds=ran.seconds
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrivyPlan:
    """The check `trivy-plan`."""

    check: str = "trivy-plan"
    program: str = NAME
    locate: Locate = tool_store.program

    def run(self, subject: Subject) -> Scan:
        located = self.locate(NAME, subject.pins)
        scratch = engine_run.own_scratch(subject, self.check)
        plan = engine_run.plan(NAME, subject)
        ran, results = _results(located, "terraformplan", [], plan, subject=subject, scratch=scratch)
        _refuse_nothing(results, resources=subject.managed)
        addresses = _Addresses.of(subject.document)
        return Scan(
            findings=tuple(dict.fromkeys(_in_plan(entry, addresses) for entry, _ in _failures(results))),
            evidence=engine_run.evidence(
                self.check, located, digest=subject.plan_digest, scanned=subject.managed or 1, seconds=ran.seconds
            ),
        )


# ---- its output ------------------------------------------------------------------------------------------------------


def _results(
    located: Located,
    kind: Literal["terraform", "terraformplan"],
    arguments: Sequence[str],
    target: Path,
    *,
    subject: Subject,
    scratch: Path,
) -> tuple[EngineOutput, list[dict[str, Any]]]:
    scanner = "terraform" if kind == "terraform" else "terraformplan-json"
    flags = [*_FLAGS, "--misconfig-scanners", scanner, *arguments, str(target)]
    ran = engine_run.run(located, flags, bounds=subject, scratch=scratch, readable=(target,))
    if ran.code != 0:
        raise engine_run.failed(NAME, f"ended with exit code {ran.code}", ran.stderr)
    document = engine_run.document(NAME, ran.output, ran.stderr)
    schema = engine_run.part(NAME, document, "SchemaVersion", int)
    version = engine_run.part(NAME, engine_run.part(NAME, document, "Trivy", dict), "Version", str)
    if schema != _SCHEMA or version != located.version:
        raise engine_run.failed(NAME, f"printed a report of schema {schema} and version {version}")
    if (about := engine_run.part(NAME, document, "ArtifactName", str)) != str(target):
        raise engine_run.failed(NAME, f"printed a report about something else: {about}")
    results = engine_run.part(NAME, document, "Results", list, [])
    types = {engine_run.part(NAME, result, "Type", str) for result in results}
    if types - {kind}:
        raise engine_run.failed(NAME, f"scanned something else: {', '.join(sorted(types - {kind}))}")
    return ran, results


def _refuse_nothing(results: list[dict[str, Any]], *, resources: int) -> None:
    """Where there are resources, some check has passed or failed."""
    counts = [engine_run.part(NAME, result, "MisconfSummary", dict) for result in results]
    checks = sum(engine_run.part(NAME, count, key, int) for count in counts for key in ("Successes", "Failures"))
    failures = sum(engine_run.part(NAME, count, "Failures", int) for count in counts)
    if resources and checks == 0:
        raise engine_run.failed(NAME, f"applied no check, though there are {resources} resources")
    if failures != len(list(_failures(results))):
        raise engine_run.failed(NAME, "counts other failures than it shows")


def _failures(results: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each failed check with its target."""
    for result in results:
        for entry in engine_run.part(NAME, result, "Misconfigurations", list, []):
            if engine_run.part(NAME, entry, "Status", str) != "PASS":
                yield entry, engine_run.part(NAME, result, "Target", str)


def normal_id(text: str) -> str:
    """`AWS-0107`, whatever the version calls it."""
    known = _ID.fullmatch(text)
    return known[1] if known else text


# ---- Findings --------------------------------------------------------------------------------------------------------


def _in_code(entry: dict[str, Any], target: str, view: CodeView) -> Finding:
    cause = engine_run.part(NAME, entry, "CauseMetadata", dict)
    calls = engine_run.part(NAME, cause, "Occurrences", list, [])
    # The innermost occurrence is the resource; the others are the calls of its modules, outwards.
    called = [engine_run.part(NAME, call, "Resource", str) for call in calls]
    modules = [name for name in called if name.startswith("module.")]
    line = engine_run.part(NAME, cause, "StartLine", int, 1)
    resource = engine_run.part(NAME, cause, "Resource", str, "")
    prefix = modules[0] if modules else resource if resource.startswith("module.") else ""
    spot = view.spot(target, line, called=prefix)
    return _finding(entry, "trivy", address=spot.address, file=spot.file, line=spot.line, detail=spot.detail)


def _in_plan(entry: dict[str, Any], addresses: _Addresses) -> Finding:
    cause = engine_run.part(NAME, entry, "CauseMetadata", dict)
    return _finding(entry, "trivy", address=addresses.real(engine_run.part(NAME, cause, "Resource", str, "")))


def _finding(
    entry: dict[str, Any],
    source: str,
    *,
    address: str | None,
    file: str | None = None,
    line: int | None = None,
    detail: str = "",
) -> Finding:
    title, message = (engine_run.part(NAME, entry, key, str, "") for key in ("Title", "Message"))
    return Finding(
        id=normal_id(engine_run.part(NAME, entry, "ID", str)),
        source=source,
        severity=engine_run.severity(engine_run.part(NAME, entry, "Severity", str, "")),
        message=f"{detail}{message or title}",
        address=address or None,
        file=file,
        line=line,
        link=engine_run.part(NAME, entry, "PrimaryURL", str, "") or None,
        fix=engine_run.advice(engine_run.part(NAME, entry, "Resolution", str, "")),
    )


@dataclass(frozen=True, slots=True)
class _Addresses:
    """The addresses of a plan: trivy replaces the path of a module by its digest, and drops indices."""

    known: dict[str, list[str]]

    @classmethod
    def of(cls, document: Any) -> _Addresses:
        known: dict[str, list[str]] = {}
        changes = document.get("resource_changes") if isinstance(document, dict) else None
        for change in changes if isinstance(changes, list) else []:
            address, kind, name = (str(change.get(key, "")) for key in ("address", "type", "name"))
            module = address.partition(f".{kind}.")[0].removesuffix(".data") if address.startswith("module.") else ""
            known.setdefault(_mangled(kind, name, module), []).append(address)
        return cls(known)

    def real(self, name: str) -> str:
        """The address of a resource; without its index, if there are several."""
        addresses = self.known.get(name, [])
        if not addresses:
            return name
        return addresses[0] if len(addresses) == 1 else addresses[0].rpartition("[")[0] or addresses[0]


def _mangled(kind: str, name: str, module: str) -> str:
    digest = hashlib.md5(module.encode(), usedforsecurity=False).hexdigest()
    return f"{kind}.{name}_{digest}" if module else f"{kind}.{name}"
