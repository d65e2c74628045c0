"""checkov over the plan (`checkov-plan`) and over the code (`checkov-code`), in one process.

checkov needs a second to load its checks and a fifth of one for a plan, so the process is started before there is a plan
(`prepared`) and is asked once. Our program in its Python, checkov_runner.py, takes the place of checkov's command.
Without a key of its vendor checkov gives no severity: `policy/gate.yaml` does, and an id that it does not list is HIGH,
so that no new check passes by accident. What it calls skipped counts like a failed check.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infragate.adapters.local import clock, files
from infragate.adapters.process import children, outcome
from infragate.adapters.process.children import Started
from infragate.adapters.process.wall import Wall
from infragate.adapters.scanners import code_view, engine_run
from infragate.adapters.scanners.code_view import CodeView
from infragate.adapters.scanners.engine import Scan
from infragate.adapters.scanners.engine_run import Locate
from infragate.adapters.scanners.subject import Subject
from infragate.adapters.tools import tool_store
from infragate.adapters.tools.tool_store import Located
from infragate.domain.errors import InfragateError
from infragate.domain.finding import Finding, Severity
from infragate.domain.gate import plan_check
from infragate.domain.gate.source_places import SourcePlaces

NAME = "checkov"
PLAN, CODE = "checkov-plan", "checkov-code"
_SETTINGS = {
    "LOG_LEVEL": "ERROR",
    "BC_SKIP_MAPPING": "TRUE",  # no call of its service
    "CHECKOV_EXPERIMENTAL_TERRAFORM_MANAGED_MODULES": "True",  # read .terraform/modules/modules.json
    # A plan above this size is read as JSON, without the lines that we have no use for. As YAML it takes most of the time.
    "CHECKOV_MAX_IAC_FILE_SIZE": "0",
}
_RUNNER = Path(__file__).with_name("checkov_runner.py")


@contextmanager
def prepared(
    root: Path,
    scratch: Path,
    *,
    checks: tuple[str, ...] = (PLAN, CODE),
    severities: Mapping[str, Severity],
    locate: Locate = tool_store.program,
    located: Located | None = None,
) -> Iterator[tuple[CheckovEngine, ...]]:
    """Start checkov, which loads its checks and waits; give the engine of each check.

    The process ends with the block. If it cannot be started, the engines say so when they are run.

    Args:
        root: the checkout, for the pins of programs.
        scratch: that of the Subject which the engines will judge.
        located: the program, if the caller has it: looking at the thousands of files of its venv takes a while.
    """
    place = files.private_folder(scratch / NAME)
    session = _Session(place=place, checks=tuple(check for check in (PLAN, CODE) if check in checks))
    with ExitStack() as running:
        try:
            session.located = located or locate(NAME, root)
            session.program = running.enter_context(_started(session.located, place, code_view.folder(scratch)))
        except InfragateError as failure:
            session.failure = failure
        yield tuple(CheckovEngine(check=check, session=session, severities=severities) for check in session.checks)


def _started(located: Located, place: Path, code: Path) -> AbstractContextManager[Started]:
    inside = files.private_folder(place / "input")
    home = files.private_folder(place / "home")
    python = located.python
    interpreter = python.resolve()
    wall = Wall(
        readable=(python.parent.parent, interpreter.parent.parent, _RUNNER, inside, files.private_folder(code)),
        writable=(home,),
    )
    return children.started(command(python), env=environment(place), wall=wall, output=place / "stdout", cwd=home)


def command(python: Path) -> list[str]:
    """Our program in checkov's Python; it may not write compiled files beside the sources."""
    return [str(python), "-I", "-B", str(_RUNNER)]


def environment(scratch: Path) -> dict[str, str]:
    """Its variables."""
    return engine_run.environment(scratch, **_SETTINGS)


@dataclass(kw_only=True)
class _Session:
    """The process, asked once for all checks; the engines of both run in threads of their own."""

    place: Path
    checks: tuple[str, ...]
    located: Located | None = None
    program: Started | None = None
    failure: InfragateError | None = None
    view: CodeView | None = None
    no_code: InfragateError | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: bool = False

    def answer(self, check: str, subject: Subject) -> Any:
        """What checkov says for one check.

        Raises:
            ToolFailed: it could not be started or failed. BadInput: there is no code that can be scanned.
        """
        with self._lock:
            if not self._asked and self.failure is None:
                self._asked = True
                try:
                    self._ask(subject)
                except InfragateError as failure:
                    self.failure = failure
        if self.failure is not None:
            raise self.failure
        if check == CODE and self.no_code is not None:
            raise self.no_code
        return self.answers[check]

    def _ask(self, subject: Subject) -> None:
        begin, jobs = clock.monotonic(), self._jobs(subject)
        if not jobs or self.program is None:
            return
        result, order = self.place / "home" / "result.json", self.place / "input" / "order.json"
        order.write_text(json.dumps({"result": str(result), "jobs": list(jobs.values())}))
        done = self.program.wait(
            timeout=subject.timeout, limit=engine_run.LIMIT, stop=subject.stop, message=f"{order}\n"
        )
        if done.returncode != 0:
            raise engine_run.failed(NAME, outcome.ending(done.returncode), done.stderr)
        document = engine_run.document(NAME, result, done.stderr)
        version = engine_run.part(NAME, document, "checkov", str)
        if self.located is None or version != self.located.version:
            raise engine_run.failed(NAME, f"is version {version}")
        answers = engine_run.part(NAME, document, "jobs", list)
        kinds = [engine_run.part(NAME, answer, "kind", str) for answer in answers]
        if kinds != [job["kind"] for job in jobs.values()]:
            raise engine_run.failed(NAME, f"answered for {', '.join(kinds) or 'nothing'}")
        self.answers = dict(zip(jobs, answers, strict=True))
        self.seconds = clock.monotonic() - begin

    def _jobs(self, subject: Subject) -> dict[str, dict[str, Any]]:
        jobs: dict[str, dict[str, Any]] = {}
        inside = self.place / "input"
        if PLAN in self.checks:
            source, plan = engine_run.plan(NAME, subject), inside / "plan.json"
            try:
                os.link(source, plan)
            except OSError:  # on another file system
                shutil.copyfile(source, plan)
            jobs[PLAN] = {"kind": "plan", "file": str(plan), "types": sorted(plan_check.types(subject.document))}
        if CODE in self.checks:
            with self._refusal():
                self.view = subject.view.of(subject)
                values = [str(self.view.var_file)] if self.view.var_file else []
                types = sorted(self.view.types)
                jobs[CODE] = {"kind": "code", "folder": str(self.view.stack), "types": types, "values": values}
        return jobs

    @contextmanager
    def _refusal(self) -> Iterator[None]:
        try:
            yield
        except InfragateError as refusal:  # the plan can still be judged
            self.no_code = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckovEngine:
    """One of the two checks."""

    check: str
    session: _Session
    severities: Mapping[str, Severity]
    program: str = NAME

    def run(self, subject: Subject) -> Scan:
        answer = self.session.answer(self.check, subject)
        located, view = self.session.located, self.session.view
        assert located is not None  # noqa: S101 - there is an answer
        unreadable = engine_run.part(NAME, answer, "unreadable", list)
        if unreadable:
            names = ", ".join(Path(str(name)).name for name in unreadable[:5])
            raise engine_run.failed(NAME, f"cannot read {names}")
        is_plan = self.check == PLAN
        expected = subject.managed if is_plan else view.resources if view else 0
        scanned = engine_run.part(NAME, answer, "resources", int)
        if (is_plan and scanned < expected) or (expected and not scanned):
            raise engine_run.failed(NAME, f"looked at {scanned} of {expected} resources")
        results = [*engine_run.part(NAME, answer, "failed", list), *engine_run.part(NAME, answer, "skipped", list)]
        if expected and not results and not engine_run.part(NAME, answer, "passed", int) and not _has_none(answer):
            raise engine_run.failed(NAME, f"applied no check, though there are {expected} resources")
        places = SourcePlaces.of(view.modules) if view and not is_plan else SourcePlaces()
        return Scan(
            findings=tuple(dict.fromkeys(self._finding(entry, None if is_plan else view, places) for entry in results)),
            evidence=engine_run.evidence(
                self.check,
                located,
                digest=subject.plan_digest if is_plan else subject.code_digest,
                scanned=scanned or 1,
                seconds=self.session.seconds,
            ),
        )

    def _finding(self, entry: Any, view: CodeView | None, places: SourcePlaces) -> Finding:
        name = engine_run.part(NAME, entry, "id", str)
        address = engine_run.part(NAME, entry, "address", str)
        word = engine_run.part(NAME, entry, "severity", str, "")
        file: str | None = None
        line: int | None = None
        if view is not None:
            spot = view.spot(engine_run.part(NAME, entry, "file", str), engine_run.part(NAME, entry, "line", int, 1))
            address = address if "." in address else spot.address or address
            # checkov names one file for all calls of a module: the address is more exact.
            place = places.of_address(address)
            file, line = (place.file, place.line) if place else (spot.file, spot.line)
        return Finding(
            id=name,
            source=NAME,
            severity=self.severities.get(name) or (engine_run.severity(word) if word else Severity.HIGH),
            message=engine_run.part(NAME, entry, "name", str),
            address=address,
            file=file,
            line=line,
            link=engine_run.part(NAME, entry, "link", str, "") or None,
        )


def _has_none(answer: Any) -> bool:
    """True if its checks were loaded, and none of them is about the types that it saw (`terraform_data`)."""
    loaded, for_types = (engine_run.part(NAME, answer, key, int) for key in ("loaded", "for_types"))
    return loaded > 0 and for_types == 0
