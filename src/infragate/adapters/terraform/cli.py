"""The only owner of Terraform. Values are read from `-json` output alone; diagnostics become our errors."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infragate.adapters.local import files
from infragate.adapters.process import children, outcome
from infragate.adapters.process.outcome import InterruptedRun
from infragate.adapters.process.wall import Wall
from infragate.adapters.terraform import provider_source, terraform_wall
from infragate.adapters.terraform.output_reader import EventSink, OutputReader, ignore
from infragate.adapters.terraform.places import FailurePlaces
from infragate.domain.command import Advice, Command
from infragate.domain.errors import InfragateError, Interrupted, ToolFailed
from infragate.domain.finding import Finding
from infragate.domain.terraform import diagnostic as diagnostics
from infragate.domain.terraform import terraform_messages as messages
from infragate.domain.terraform.diagnostic import Diagnostic

# Terraform's advice when the backend, a module or a provider is missing or has changed since `init`.
_RUN_INIT = re.compile(
    r"\A(Required plugins are not installed|Inconsistent dependency lock file)|\brun[\s:\"`]+terraform init\b",
    re.IGNORECASE,
)
# `plan` ends at these before it reads the rest of the configuration.
_OF_VALUES = re.compile(r"No value for required variable|Invalid value for (input )?variable")
# infragate itself passes this setting of the backend.
_OWN_DEPRECATION = re.compile(r"Deprecated Parameter.*dynamodb_table", re.DOTALL)
INIT_TIMEOUT = 900.0
PLAN_TIMEOUT = 3600.0


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
        outputs: the outputs of the root afterwards, by name; a sensitive value is hidden.
    """

    returncode: int
    headline: str
    done: tuple[str, ...]
    failed: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    warnings: tuple[Finding, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)


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

    A command that fails raises an InfragateError, whose class depends on Terraform's diagnostics.

    Attributes:
        root: the checkout, whose other folders may hold modules.
        where: name of the folder in messages.
        var_file: the tfvars file in it; "" for none.
        again: the command that repeats a failed run.
        backend_folder: where a local backend keeps its state; None for none.
    """

    program: Path
    folder: Path
    root: Path
    environment: Mapping[str, str]
    where: str
    var_file: str = ""
    again: Advice = messages.AGAIN
    backend_folder: Path | None = None

    def init(
        self,
        backend: Mapping[str, str],
        *,
        say: Callable[[str], None],
        options: Sequence[str] = ("-lockfile=readonly", "-reconfigure", "-get=false"),
    ) -> tuple[Finding, ...]:
        """Fetch providers and connect the backend; return the warnings. `get` has fetched the modules.

        Args:
            backend: `-backend-config` settings.
            say: called when it must wait for another init.
        """
        settings = [f"-backend-config={name}={value}" for name, value in backend.items()]
        with provider_source.cache_turn(self.environment, say=say):
            reader = OutputReader(ignore)
            argv = ("-json", "-input=false", *options, *settings)
            self._checked("init", *argv, reader=reader, wall=self._fetching(), fetches=True)
        return tuple(warning for warning in self._warnings(reader) if not _OWN_DEPRECATION.search(warning.message))

    def get(self) -> None:
        """Fetch only the modules: no backend, no provider, no cloud credentials.

        Outside of the wall, since it needs the user's git settings and keys.
        """
        self._checked("get", "-no-color", wall=None, fetches=True)

    def lock_providers(self, options: Sequence[str]) -> None:
        """Add checksums to the lock file.

        Raises:
            InfragateError: the class depends on Terraform's error.
        """
        mirrors = [Path(option.partition("=")[2]) for option in options if option.startswith("-fs-mirror=")]
        wall = self._fetching(self.folder).also(readable=mirrors)
        self._checked("providers lock", "-no-color", *options, wall=wall, fetches=True)

    def backend(self) -> tuple[str, Mapping[str, Any]]:
        """Type and settings of the backend that `init` connected; ("", {}) if the code names none."""
        path = self._data / "terraform.tfstate"
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
        """
        argv = ["plan", "-json", "-input=false", "-detailed-exitcode", f"-out={out}", *arguments]
        reader = OutputReader(on_event)
        if not out.exists():
            files.write(out, "", mode=0o600)  # behind the wall only a file that exists can be opened
        done = self._run(argv, reader, timeout=PLAN_TIMEOUT, success=(0, 1, 2), wall=self._wall(out))
        if done.returncode == 1:
            said = reader.said(done)
            if not after_init and any(_RUN_INIT.search(error.text) for error in diagnostics.errors(said)):
                raise InitNeeded
            raise self._failure("plan", [*said, *self._unseen(said)])
        headline = reader.headline
        if not headline or not out.is_file() or not out.stat().st_size:
            raise ToolFailed(
                "terraform plan succeeded but wrote no plan",
                where=self.where,
                fix=(Command("tools-install"), ", then plan again"),
            )
        return Planned(changes=done.returncode == 2, headline=headline, warnings=self._warnings(reader))

    def show(self, plan_file: Path, into: Path) -> bytes:
        """Return the plan's JSON as Terraform prints it, and write it to the private file `into`.

        Raises:
            InfragateError: the class depends on Terraform's error.
        """
        wall = self._wall().also(readable=[plan_file])
        self._checked("show", "-json", str(plan_file), timeout=PLAN_TIMEOUT, stdout_file=into, wall=wall)
        return files.content(into, limit=files.PLAN_LIMIT) or b""

    def apply(
        self,
        plan_file: Path,
        on_event: EventSink,
        on_interrupt: Callable[[str], None],
        *,
        transcript: Path | None = None,
    ) -> Applied:
        """Apply a plan file; the caller checks `returncode`. A signal is forwarded once; then it waits for Terraform.

        The variables are given again: a plan file does not hold the values of ephemeral ones.

        Args:
            transcript: file for Terraform's output: with a pipe, Terraform would die in mid-apply if we were killed.

        Raises:
            InterruptedApply: after a signal, once Terraform has saved its state and ended.
        """
        reader = OutputReader(on_event)
        values = [f"-var-file={self.var_file}"] if self.var_file else []
        argv = ["apply", "-json", "-input=false", "-lock-timeout=0s", *values, str(plan_file)]
        try:
            done = children.run(
                [str(self.program), *argv],
                cwd=self.folder,
                env=self._variables(fetches=False),
                success_codes=None,
                on_stdout=reader,
                finish_on_interrupt=True,
                on_interrupt=on_interrupt,
                transcript=transcript,
                wall=self._wall(self.folder).also(readable=[plan_file]),  # for errored.tfstate
            )
        except InterruptedRun as stopped:
            raise InterruptedApply(stopped.signal_number, self._applied(reader, stopped.completed)) from None
        return self._applied(reader, done)

    def state_pull(self) -> str:
        """The state in the backend; "" if it has none."""
        return self._run(["state", "pull"], None, timeout=INIT_TIMEOUT, wall=self._wall()).stdout.strip()

    def state_push(self, state_file: Path) -> None:
        """Write a local state into the backend; Terraform refuses if the backend holds another state.

        In an empty backend the state gets a new lineage and serial 1 (measured on 1.11.4).
        """
        self._checked("state push", str(state_file), wall=self._wall().also(readable=[state_file]))

    def failure(self, applied: Applied) -> InfragateError:
        """The error for an apply that failed."""
        if applied.returncode < 0:  # killed: earlier diagnostics are not the cause
            return ToolFailed(
                f"terraform apply {outcome.ending(applied.returncode)}: the state may still be locked, and may lack the last "
                "resources created",
                where=self.where,
                fix="docs/operations.md, 'Locked state'",
            )
        return messages.explain(applied.diagnostics, program="terraform apply", where=self.where, again=self.again)

    def _checked(
        self,
        command: str,
        *options: str,
        reader: OutputReader | None = None,
        timeout: float = INIT_TIMEOUT,
        stdout_file: Path | None = None,
        wall: Wall | None,
        fetches: bool = False,
    ) -> outcome.Completed:
        argv = [*command.split(), *options]
        done = self._run(
            argv, reader, timeout=timeout, success=(0, 1), stdout_file=stdout_file, wall=wall, fetches=fetches
        )
        if done.returncode != 0:
            raise self._failure(command, (reader or OutputReader(ignore)).said(done))
        return done

    @property
    def _data(self) -> Path:
        return Path(self.environment.get("TF_DATA_DIR", self.folder / ".terraform"))

    def _located(self, said: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        places = FailurePlaces(folder=self.folder, where=self.where, data=self._data, var_file=self.var_file)
        return places.located(said)

    def _warnings(self, reader: OutputReader) -> tuple[Finding, ...]:
        return diagnostics.warnings(self._located(reader.diagnostics)) if reader.diagnostics else ()

    def _failure(self, command: str, said: Sequence[Diagnostic]) -> InfragateError:
        return messages.explain(self._located(said), program=f"terraform {command}", where=self.where, again=self.again)

    def _unseen(self, said: Sequence[Diagnostic]) -> list[Diagnostic]:
        """What `validate` finds where `plan` ended at the values of variables, before it read the configuration."""
        if not any(_OF_VALUES.search(error.summary) for error in diagnostics.errors(said)):
            return []
        try:  # it only adds to an error that is known already
            done = self._run(["validate", "-json"], None, timeout=INIT_TIMEOUT, success=(0, 1), wall=self._wall())
            return [diagnostics.read(entry) for entry in json.loads(done.stdout)["diagnostics"]]
        except (ToolFailed, ValueError, LookupError, TypeError, AttributeError):
            return []

    def _applied(self, reader: OutputReader, done: outcome.Completed) -> Applied:
        said = reader.said(done) if done.returncode else reader.diagnostics
        located = diagnostics.in_order(self._located(said))
        return Applied(
            returncode=done.returncode,
            headline=reader.headline,
            done=reader.addresses("apply_complete"),
            failed=reader.addresses("apply_errored"),
            diagnostics=located,
            warnings=diagnostics.warnings(located),
            outputs=reader.outputs,
        )

    def _run(
        self,
        argv: Sequence[str],
        reader: OutputReader | None,
        *,
        timeout: float,
        success: tuple[int, ...] = (0,),
        stdout_file: Path | None = None,
        wall: Wall | None,
        fetches: bool = False,
    ) -> outcome.Completed:
        return children.run(
            [str(self.program), *argv],
            cwd=self.folder,
            env=self._variables(fetches=fetches),
            timeout=timeout,
            success_codes=success,
            on_stdout=reader,
            stdout_file=stdout_file,
            wall=wall,
        )

    def _wall(self, *writable: Path) -> Wall:
        local = (self.backend_folder,) if self.backend_folder else ()
        wall = terraform_wall.around(
            self.folder, root=self.root, data=self._data, program=self.program, environment=self.environment
        )
        return wall.also(writable=(*writable, *local))

    def _fetching(self, *writable: Path) -> Wall:
        files.private_folder(self._data)  # behind the wall only a folder that exists can be written
        return terraform_wall.fetching(self._wall(*writable), data=self._data, environment=self.environment)

    def _variables(self, *, fetches: bool) -> Mapping[str, str]:
        """The CLI configuration, which may hold a registry's keys, is only for commands that run no provider."""
        if not fetches:
            return {**self.environment, "TF_CLI_CONFIG_FILE": os.devnull}
        cache = terraform_wall.plugin_cache(self.environment)  # it may be named by $HOME, which is another one there
        return {**self.environment, **({"TF_PLUGIN_CACHE_DIR": str(cache)} if cache else {})}
