"""The only owner of Terraform. Values are read from `-json` output alone; diagnostics become our errors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infragate.adapters.local import files
from infragate.adapters.process import children
from infragate.adapters.process.children import InterruptedRun
from infragate.adapters.process.exit_status import ending
from infragate.adapters.terraform import provider_source
from infragate.domain.command import Command
from infragate.domain.errors import InfragateError, Interrupted, ToolFailed
from infragate.domain.finding import Finding
from infragate.domain.terraform import terraform_messages as messages
from infragate.domain.terraform.terraform_messages import Diagnostic

Event = Mapping[str, Any]
EventSink = Callable[[Event], None]

# Terraform's advice when the backend, a module or a provider is missing or has changed since `init`.
_RUN_INIT = re.compile(
    r"\A(Required plugins are not installed|Inconsistent dependency lock file)|\brun[\s:\"`]+terraform init\b",
    re.IGNORECASE,
)
INIT_TIMEOUT = 900.0
PLAN_TIMEOUT = 3600.0


def ignore(_event: Event) -> None:
    """Drop an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """How `terraform plan` ended.

    Attributes:
        changes: True for exit code 2.
        headline: Terraform's `Plan: ...` line, verbatim.
    """

    changes: bool
    headline: str
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How `terraform apply` ended.

    Attributes:
        headline: Terraform's `Apply complete! ...` line, or "".
        done: addresses that were applied; failed: addresses with an error.
    """

    returncode: int
    headline: str
    done: tuple[str, ...]
    failed: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    warnings: tuple[Finding, ...]


class InterruptedApply(Interrupted):
    """A signal stopped an apply; `applied` lists what was done."""

    def __init__(self, number: int, applied: Applied) -> None:
        super().__init__(number, "interrupted; Terraform has saved the state and freed the lock")
        self.applied = applied


class InitNeeded(Exception):
    """Terraform refuses to plan before `terraform init`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terraform:
    """Terraform in one folder, with its own environment variables.

    Attributes:
        where: name of the folder in messages.
    """

    program: Path
    folder: Path
    environment: Mapping[str, str]
    where: str

    def init(
        self,
        backend: Mapping[str, str],
        *,
        say: Callable[[str], None],
        options: Sequence[str] = ("-lockfile=readonly", "-reconfigure"),
    ) -> None:
        """Fetch modules and providers and connect the backend.

        Args:
            backend: `-backend-config` settings.
            say: called when it must wait for another init.

        Raises:
            InfragateError: the class depends on Terraform's diagnostics.
        """
        settings = [f"-backend-config={name}={value}" for name, value in backend.items()]
        with provider_source.cache_turn(self.environment, say=say):
            self._checked("init", "-json", "-input=false", *options, *settings, reader=_Reader(ignore))

    def get(self) -> None:
        """Fetch only the modules: no backend, no provider, no cloud credentials.

        Raises:
            InfragateError: the class depends on Terraform's error.
        """
        self._checked("get", "-no-color")

    def lock_providers(self, options: Sequence[str]) -> None:
        """Add checksums to the lock file.

        Raises:
            InfragateError: the class depends on Terraform's error.
        """
        self._checked("providers lock", "-no-color", *options)

    def backend(self) -> tuple[str, Mapping[str, Any]]:
        """Type and settings of the backend that `init` connected; ("", {}) if the code names none."""
        path = Path(self.environment.get("TF_DATA_DIR", self.folder / ".terraform")) / "terraform.tfstate"
        backend = json.loads(files.recall(path) or "{}").get("backend") or {}
        return str(backend.get("type", "")), backend.get("config") or {}

    def plan(
        self, out: Path, arguments: Sequence[str], on_event: EventSink = ignore, *, after_init: bool = True
    ) -> Planned:
        """Write a plan file.

        Args:
            after_init: False if init was skipped.

        Raises:
            InitNeeded: init was skipped but is needed.
            InfragateError: the class depends on Terraform's diagnostics.
        """
        argv = ["plan", "-json", "-input=false", "-detailed-exitcode", f"-out={out}", *arguments]
        reader = _Reader(on_event)
        done = self._run(argv, reader, timeout=PLAN_TIMEOUT, success=(0, 1, 2))
        if done.returncode == 1:
            diagnostics = reader.diagnostics or _first_error(done)
            if not after_init and any(_RUN_INIT.search(error.text) for error in messages.errors(diagnostics)):
                raise InitNeeded
            raise messages.explain(diagnostics, program="terraform plan", where=self.where)
        headline = reader.headline
        if not headline or not out.is_file() or not out.stat().st_size:
            raise ToolFailed(
                "terraform plan succeeded but wrote no plan",
                where=self.where,
                fix=(Command("tools-install"), ", then plan again"),
            )
        return Planned(changes=done.returncode == 2, headline=headline, warnings=reader.warnings(self.where))

    def show(self, plan_file: Path, into: Path) -> bytes:
        """Return the plan's JSON as Terraform prints it, and write it to the private file `into`.

        Raises:
            ToolFailed: the output is not a JSON object.
        """
        done = self._checked("show", "-json", str(plan_file), timeout=PLAN_TIMEOUT, stdout_file=into)
        data = into.read_bytes()
        if not data.startswith(b"{"):
            raise messages.explain(_first_error(done), program="terraform show", where=self.where)
        return data

    def apply(
        self,
        plan_file: Path,
        on_event: EventSink,
        on_interrupt: Callable[[str], None],
        *,
        transcript: Path | None = None,
    ) -> Applied:
        """Apply a plan file; the caller checks `returncode`. A signal is forwarded once; then it waits for Terraform.

        Args:
            transcript: file for Terraform's output: with a pipe, Terraform would die in mid-apply if we were killed.

        Raises:
            InterruptedApply: after a signal, once Terraform has saved its state and ended.
        """
        reader = _Reader(on_event)
        argv = ["apply", "-json", "-input=false", "-lock-timeout=0s", str(plan_file)]
        try:
            done = children.run(
                [str(self.program), *argv],
                cwd=self.folder,
                env=self.environment,
                success_codes=None,
                on_stdout=reader,
                finish_on_interrupt=True,
                on_interrupt=on_interrupt,
                transcript=transcript,
            )
        except InterruptedRun as stopped:
            raise InterruptedApply(stopped.signal_number, reader.applied(stopped.completed, self.where)) from None
        return reader.applied(done, self.where)

    def state_pull(self) -> str:
        """The state in the backend; "" if it has none."""
        return self._run(["state", "pull"], None, timeout=INIT_TIMEOUT).stdout.strip()

    def state_push(self, state_file: Path) -> None:
        """Write a local state into the backend; Terraform refuses if the backend holds another state.

        In an empty backend the state gets a new lineage and serial 1 (measured on 1.11.4).

        Raises:
            InfragateError: the class depends on Terraform's error.
        """
        self._checked("state push", str(state_file))

    def failure(self, applied: Applied) -> InfragateError:
        """The error for an apply that failed."""
        if applied.returncode < 0:  # killed: earlier diagnostics are not the cause
            return ToolFailed(
                f"terraform apply {ending(applied.returncode)}: the state may still be locked, and may lack the last "
                "resources created",
                where=self.where,
                fix="docs/operations.md, 'Locked state'",
            )
        return messages.explain(applied.diagnostics, program="terraform apply", where=self.where)

    def _checked(
        self,
        command: str,
        *options: str,
        reader: _Reader | None = None,
        timeout: float = INIT_TIMEOUT,
        stdout_file: Path | None = None,
    ) -> children.Completed:
        argv = [*command.split(), *options]
        done = self._run(argv, reader, timeout=timeout, success=(0, 1), stdout_file=stdout_file)
        if done.returncode != 0:
            diagnostics = (reader and reader.diagnostics) or _first_error(done)
            raise messages.explain(diagnostics, program=f"terraform {command}", where=self.where)
        return done

    def _run(
        self,
        argv: Sequence[str],
        reader: _Reader | None,
        *,
        timeout: float,
        success: tuple[int, ...] = (0,),
        stdout_file: Path | None = None,
    ) -> children.Completed:
        return children.run(
            [str(self.program), *argv],
            cwd=self.folder,
            env=self.environment,
            timeout=timeout,
            success_codes=success,
            on_stdout=reader,
            stdout_file=stdout_file,
        )


def _first_error(done: children.Completed) -> list[Diagnostic]:
    """The first error in Terraform's text output, if any."""
    error = messages.from_text(done.stderr) or messages.from_text(done.stdout)
    return [error] if error else []


class _Reader:
    """Reads Terraform's JSON lines; other lines (of a plugin) are ignored."""

    def __init__(self, on_event: EventSink) -> None:
        self.on_event: EventSink | None = on_event
        self.events: list[Event] = []
        self.diagnostics: list[Diagnostic] = []

    def __call__(self, line: str) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return
        if not isinstance(event, dict):
            return
        self.events.append(event)
        if (diagnostic := messages.diagnostic(event)) is not None:
            self.diagnostics.append(diagnostic)
        if self.on_event is not None:
            try:
                self.on_event(event)
            except Exception:  # a failed progress display must not stop the reading
                self.on_event = None

    @property
    def headline(self) -> str:
        """The last summary line, or ""."""
        summaries = (event for event in reversed(self.events) if event.get("type") == "change_summary")
        return str(next(summaries, {}).get("@message", ""))

    def warnings(self, folder: str) -> tuple[Finding, ...]:
        """Each warning once."""
        warnings = [entry.finding(folder) for entry in self.diagnostics if entry.severity == "warning"]
        return tuple(dict.fromkeys(warnings))

    def applied(self, done: children.Completed, folder: str) -> Applied:
        diagnostics = tuple(self.diagnostics)
        if done.returncode != 0 and not messages.errors(diagnostics):
            diagnostics = (*diagnostics, *_first_error(done))
        return Applied(
            returncode=done.returncode,
            headline=self.headline,
            done=self._addresses("apply_complete"),
            failed=self._addresses("apply_errored"),
            diagnostics=diagnostics,
            warnings=self.warnings(folder),
        )

    def _addresses(self, kind: str) -> tuple[str, ...]:
        return tuple(
            str(((event.get("hook") or {}).get("resource") or {}).get("addr", ""))
            for event in self.events
            if event.get("type") == kind
        )
