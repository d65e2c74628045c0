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

# What Terraform advises where the backend, a module or a provider is not there as `init` leaves it.
_RUN_INIT = re.compile(
    r"\A(Required plugins are not installed|Inconsistent dependency lock file)|\brun[\s:\"`]+terraform init\b",
    re.IGNORECASE,
)
INIT_TIMEOUT = 900.0
PLAN_TIMEOUT = 3600.0


def ignore(_event: Event) -> None:
    """A sink for events that nobody waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """How `terraform plan` ended.

    Attributes:
        changes: whether exit code 2 said so.
        headline: Terraform's own `Plan: ...` line, verbatim.
        warnings: Terraform's own.
    """

    changes: bool
    headline: str
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How `terraform apply` ended.

    Attributes:
        returncode: Terraform's.
        headline: its `Apply complete! ...` line, or "".
        done: addresses that were finished; failed: addresses that errored.
    """

    returncode: int
    headline: str
    done: tuple[str, ...]
    failed: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    warnings: tuple[Finding, ...]


class InterruptedApply(Interrupted):
    """A signal ended an apply; `applied` says how far it came."""

    def __init__(self, number: int, applied: Applied) -> None:
        super().__init__(number, "interrupted; Terraform has saved the state and freed the lock")
        self.applied = applied


class InitNeeded(Exception):
    """Terraform asks for an init before it plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terraform:
    """Terraform in one folder, with an environment that was built for it.

    Attributes:
        where: how the folder is called in messages.
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
            say: told when another init has to be waited for.

        Raises:
            InfragateError: by what Terraform's diagnostics mean.
        """
        settings = [f"-backend-config={name}={value}" for name, value in backend.items()]
        with provider_source.cache_turn(self.environment, say=say):
            self._checked(["init", "-json", "-input=false", *options, *settings], timeout=INIT_TIMEOUT)

    def get(self) -> None:
        """Fetch the modules, and nothing else: no backend, no provider, no credentials of a cloud.

        Raises:
            InfragateError: by what Terraform said.
        """
        done = self._run(["get", "-no-color"], None, timeout=INIT_TIMEOUT, success=(0, 1))
        if done.returncode != 0:
            found = messages.from_text(done.stderr)
            raise messages.explain([found] if found else [], program="terraform get", where=self.where)

    def backend(self) -> tuple[str, Mapping[str, Any]]:
        """Type and settings of the backend that `init` has connected; ("", {}) where the code names none."""
        kept = Path(self.environment.get("TF_DATA_DIR", self.folder / ".terraform")) / "terraform.tfstate"
        found = json.loads(files.recall(kept) or "{}").get("backend") or {}
        return str(found.get("type", "")), found.get("config") or {}

    def plan(
        self, out: Path, arguments: Sequence[str], on_event: EventSink = ignore, *, after_init: bool = True
    ) -> Planned:
        """Write a plan file.

        Args:
            after_init: False where init was left out.

        Raises:
            InitNeeded: init was left out, and is needed.
            InfragateError: by what Terraform's diagnostics mean.
        """
        argv = ["plan", "-json", "-input=false", "-detailed-exitcode", f"-out={out}", *arguments]
        reader = _Reader(on_event)
        done = self._run(argv, reader, timeout=PLAN_TIMEOUT, success=(0, 1, 2))
        if done.returncode == 1:
            found = reader.diagnostics or _spoken(done)
            if not after_init and any(_RUN_INIT.search(error.text) for error in messages.errors(found)):
                raise InitNeeded
            raise messages.explain(found, program="terraform plan", where=self.where)
        headlines = [str(event.get("@message", "")) for event in reader.events if event.get("type") == "change_summary"]
        if not headlines or not out.is_file() or not out.stat().st_size:
            raise ToolFailed(
                "terraform plan ended well but left no plan",
                where=self.where,
                fix=(Command("tools-install"), ", then plan again"),
            )
        return Planned(changes=done.returncode == 2, headline=headlines[-1], warnings=reader.warnings(self.where))

    def show(self, plan_file: Path, into: Path) -> bytes:
        """The plan's JSON, as Terraform prints it; it is also left in the private file `into`.

        Raises:
            ToolFailed: it printed something else.
        """
        argv = ["show", "-json", str(plan_file)]
        done = self._run(argv, None, timeout=PLAN_TIMEOUT, success=(0, 1), stdout_file=into)
        data = into.read_bytes()
        if done.returncode != 0 or not data.startswith(b"{"):
            found = messages.from_text(done.stderr)
            raise messages.explain([found] if found else [], program="terraform show", where=self.where)
        return data

    def apply(
        self,
        plan_file: Path,
        on_event: EventSink,
        on_interrupt: Callable[[str], None],
        *,
        transcript: Path | None = None,
    ) -> Applied:
        """Apply a plan file; the caller judges `returncode`. A signal is forwarded once and the end is waited for.

        Args:
            transcript: file for Terraform's output: an apply whose reader dies would die too, in the middle.

        Raises:
            InterruptedApply: a signal came; Terraform has saved its state and ended.
        """
        reader = _Reader(on_event)
        argv = ["apply", "-json", "-input=false", "-lock-timeout=0s", str(plan_file)]
        try:
            done = children.run(
                self._argv(argv),
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
        """The state as the backend holds it; empty when there is none."""
        return self._run(["state", "pull"], None, timeout=INIT_TIMEOUT).stdout.strip()

    def state_push(self, state_file: Path) -> None:
        """Write a local state into the backend; where that holds another one, Terraform refuses.

        In an empty backend the state begins anew: own lineage, serial 1 (measured on 1.11.4).

        Raises:
            InfragateError: by what Terraform said.
        """
        done = self._run(["state", "push", str(state_file)], None, timeout=INIT_TIMEOUT, success=(0, 1))
        if done.returncode != 0:
            found = messages.from_text(done.stderr)
            raise messages.explain([found] if found else [], program="terraform state push", where=self.where)

    def failure(self, applied: Applied) -> InfragateError:
        """The error for an apply that failed."""
        if applied.returncode < 0:  # what it said before is not why it ended
            return ToolFailed(
                f"terraform apply {ending(applied.returncode)}: the state lock may be left, and what was made "
                "last may not be in the state",
                where=self.where,
                fix="docs/operations.md, 'Locked state'",
            )
        return messages.explain(applied.diagnostics, program="terraform apply", where=self.where)

    def _checked(self, argv: Sequence[str], *, timeout: float) -> None:
        reader = _Reader(ignore)
        done = self._run(argv, reader, timeout=timeout, success=(0, 1))
        if done.returncode != 0:
            found = reader.diagnostics or _spoken(done)
            raise messages.explain(found, program=f"terraform {argv[0]}", where=self.where)

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
            self._argv(argv),
            cwd=self.folder,
            env=self.environment,
            timeout=timeout,
            success_codes=success,
            on_stdout=reader,
            stdout_file=stdout_file,
        )

    def _argv(self, argv: Sequence[str]) -> list[str]:
        return [str(self.program), *argv]


def _spoken(done: children.Completed) -> list[Diagnostic]:
    """The first error of Terraform's human output; [] where there is none."""
    spoken = messages.from_text(done.stderr) or messages.from_text(done.stdout)
    return [spoken] if spoken else []


class _Reader:
    """Reads Terraform's JSON lines as they come; a line that is no JSON (a plugin's noise) is passed over."""

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
        found = messages.diagnostic(event)
        if found is not None:
            self.diagnostics.append(found)
        if self.on_event is not None:
            try:
                self.on_event(event)
            except Exception:  # showing progress must never stop the reading
                self.on_event = None

    def warnings(self, folder: str) -> tuple[Finding, ...]:
        """Each of Terraform's warnings once."""
        warnings = [found.finding(folder) for found in self.diagnostics if found.severity == "warning"]
        return tuple(dict.fromkeys(warnings))

    def applied(self, done: children.Completed, folder: str) -> Applied:
        """The end of an apply, from its events."""
        headlines = [str(event.get("@message", "")) for event in self.events if event.get("type") == "change_summary"]
        diagnostics = tuple(self.diagnostics)
        if done.returncode != 0 and not messages.errors(diagnostics):
            diagnostics = (*diagnostics, *_spoken(done))
        return Applied(
            returncode=done.returncode,
            headline=headlines[-1] if headlines else "",
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
