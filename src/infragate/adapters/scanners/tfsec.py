"""tfsec over the code.

It passes without having looked: where a module was not fetched, and over a folder without code. So the modules are
checked first (code_view), and at least one check must have passed or failed where there are resources. A file in a
language newer than it (`import`, `removed`, `check`, `ephemeral`, functions of providers) ends its whole scan: that is
`CannotRead`, since the option that ignores such files drops all of their resources without a word.
Its own settings file and its comments are not used: policy/waivers.yaml is the register of exceptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infragate.adapters.scanners import engine_run
from infragate.adapters.scanners.code_view import CodeView
from infragate.adapters.scanners.engine import Scan
from infragate.adapters.scanners.engine_run import EngineOutput, Locate
from infragate.adapters.scanners.subject import Subject
from infragate.adapters.scanners.trivy import normal_id
from infragate.adapters.tools import tool_store
from infragate.domain.errors import ToolFailed
from infragate.domain.finding import Finding

NAME = "tfsec"
_FLAGS = (
    *("--format", "json", "--no-colour", "--no-code", "--no-module-downloads"),
    *("--include-passed", "--no-ignores", "--soft-fail"),
)
_FAILED, _PASSED = 0, 1  # the values of `status`


class CannotRead(ToolFailed):
    """The code has blocks that tfsec does not know; trivy does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tfsec:
    """The check `tfsec`."""

    check: str = "tfsec"
    program: str = NAME
    locate: Locate = tool_store.program

    def run(self, subject: Subject) -> Scan:
        located = self.locate(NAME, subject.pins)
        scratch = engine_run.own_scratch(subject, self.check)
        view = subject.view.of(subject)
        settings = scratch / "settings.json"
        settings.write_text("{}")  # named, so that it looks for no other
        values = ["--tfvars-file", str(view.var_file)] if view.var_file else []
        arguments = [*_FLAGS, "--config-file", str(settings), *values, str(view.stack)]
        ran = engine_run.run(located, arguments, bounds=subject, scratch=scratch, readable=(view.base, settings))
        results = _results(ran, view)
        if view.resources and not results:
            raise engine_run.failed(NAME, f"applied no check, though there are {view.resources} resources", ran.stderr)
        return Scan(
            findings=tuple(dict.fromkeys(_finding(entry, view) for entry in results if entry["status"] == _FAILED)),
            evidence=engine_run.evidence(
                self.check, located, digest=subject.code_digest, scanned=view.files, seconds=ran.seconds
            ),
        )


def _results(ran: EngineOutput, view: CodeView) -> list[Any]:
    with ran.output.open("rb") as output:
        begin = output.read(4000).decode(errors="replace").strip()
    if begin.startswith("Error:"):
        raise _unreadable(begin, view)
    document = engine_run.document(NAME, ran.output, ran.stderr)
    if ran.code != 0:
        raise engine_run.failed(NAME, f"ended with exit code {ran.code}", ran.stderr)
    if not isinstance(document, dict) or "results" not in document:
        raise engine_run.failed(NAME, "printed an unknown document: no `results`")
    results = engine_run.part(NAME, document, "results", list, [])
    for entry in results:
        if engine_run.part(NAME, entry, "status", int) not in (_FAILED, _PASSED):
            raise engine_run.failed(NAME, f"printed a result of the unknown status {entry['status']}")
        place = engine_run.part(NAME, engine_run.part(NAME, entry, "location", dict), "filename", str)
        if str(view.base).lstrip("/") not in place:  # perhaps behind the source of a module
            raise engine_run.failed(NAME, f"printed a result about something else: {place}")
    return results


def _unreadable(text: str, view: CodeView) -> ToolFailed:
    """tfsec's own words, with the names of the original files; `CannotRead` if the code is right."""
    words = " ".join(text.removeprefix("Error:").split())
    message = words.replace(f"{view.base}/", "").replace(f"{view.base}/".lstrip("/"), "")
    error = engine_run.failed(NAME, f"cannot read the code: {message[:400]}")
    if any(file.unreadable for module in view.modules for file in module.files):
        return error
    return CannotRead(error.message, where=error.where, fix="let trivy judge this code (trivy-code)")


def _finding(entry: dict[str, Any], view: CodeView) -> Finding:
    location = engine_run.part(NAME, entry, "location", dict)
    called = engine_run.part(NAME, entry, "resource", str, "")
    spot = view.spot(
        engine_run.part(NAME, location, "filename", str),
        engine_run.part(NAME, location, "start_line", int),
        called=called if called.startswith("module.") else "",
    )
    links = engine_run.part(NAME, entry, "links", list, [])
    return Finding(
        id=normal_id(engine_run.part(NAME, entry, "rule_id", str)),
        source=NAME,
        severity=engine_run.severity(engine_run.part(NAME, entry, "severity", str, "")),
        message=spot.detail + engine_run.part(NAME, entry, "description", str, ""),
        address=spot.address or called or None,
        file=spot.file,
        line=spot.line,
        link=str(links[0]) if links else None,
        fix=engine_run.advice(engine_run.part(NAME, entry, "resolution", str, "")),
    )
