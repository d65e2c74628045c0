"""The part that all verbs share: flags, exit codes, errors, the JSON document. A task's body only builds a request."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import Task

from infragate.tasks.run import NO_BREAK_GLASS, BreakGlass, Outcome, Run

if TYPE_CHECKING:
    from infragate.domain.errors import InfragateError
    from infragate.report.printer import Printer


class SharedFlag(NamedTuple):
    """A flag that the decorator adds to a verb."""

    default: bool | str
    help: str


SHARED = {
    "json": SharedFlag(False, "Print exactly one JSON document on stdout instead of text."),
    "report": SharedFlag("", "Write the JSON document to this file as well, whatever happens."),
}
SANDBOX = {
    "sandbox": SharedFlag(
        False,
        "Use the AWS emulator on this machine (started when needed): no cloud account, no real credentials.",
    )
}
BREAK_GLASS = {
    "break_glass": SharedFlag(False, "Under the break-glass role: for an engineer on call, with an MFA device."),
    "mfa_serial": SharedFlag("", "ARN of your MFA device (break-glass)."),
    "mfa_code": SharedFlag("", "The code that it shows (break-glass); each command needs a new one."),
}
# The help of a flag for which the body gives no help.
ENVIRONMENT = {"env": "Environment of infra/environments.yaml (dev, stg, prod)."}
# The help of the flags for the check of the Verdict before an apply.
DOOR = {
    "policy_ref": "As in `inv gate`: read the policy from this commit; it must be on the base branch.",
    "approvals": "As in `inv gate`: reviews of the commit as a file (docs/policy-exceptions.md).",
}
# The shared flags of each verb, filled in by the decorator: a suggested command gets only flags that exist.
TAKES: dict[str, frozenset[str]] = {}


def verb(
    *,
    help: dict[str, str],  # noqa: A002 - Invoke's own word
    name: str | None = None,
    iterable: tuple[str, ...] = (),
    sandbox: bool = True,
    break_glass: bool = False,
    comment: bool = False,
) -> Callable[[Callable[..., Outcome]], Task[Any]]:
    """Turn `body(run, **flags) -> Outcome` into an Invoke task with the shared flags.

    Args:
        help: a sentence for each flag of the body; `env` has one already.
        name: the verb, if it differs from the function's name.
        iterable: flags that may be given several times.
        sandbox: add `--sandbox`.
        break_glass: add the flags of the break-glass role.
        comment: the whole output becomes a comment on a pull request.
    """
    shared = {**(BREAK_GLASS if break_glass else {}), **SHARED, **(SANDBOX if sandbox else {})}

    def make(body: Callable[..., Outcome]) -> Task[Any]:
        verb_name = name or body.__name__.replace("_", "-")
        own = ENVIRONMENT if "env" in inspect.signature(body).parameters else {}
        TAKES[verb_name] = frozenset(f"--{flag.replace('_', '-')}" for flag in shared)

        @functools.wraps(body)
        def run_task(_context: Context, **flags: Any) -> None:
            sys.dont_write_bytecode = False  # Invoke switches the byte-code cache off, which slows down every start
            report = flags.pop("report")
            if code := _execute(body, flags, _new_run(verb_name, flags, comment=comment), report):
                raise Exit(code=code)

        run_task.__signature__ = _signature(body, iterable, shared)  # type: ignore[attr-defined]
        task: Task[Any] = Task(
            run_task,
            name=verb_name,
            help={**_marked({**own, **help}, body), **{flag: about.help for flag, about in shared.items()}},
            positional=(),
            iterable=iterable,
            auto_shortflags=False,
        )
        return task

    return make


def _marked(flags: dict[str, str], body: Callable[..., Outcome]) -> dict[str, str]:
    """The help of each flag; of one that has no default it begins with "Required"."""
    needed = {name for name, flag in inspect.signature(body).parameters.items() if flag.default is flag.empty}
    return {name: f"Required. {about}" if name in needed else about for name, about in flags.items()}


def _signature(
    body: Callable[..., Outcome], iterable: tuple[str, ...], shared: dict[str, SharedFlag]
) -> inspect.Signature:
    keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD
    # Invoke collects a repeated flag only if its default is a list.
    own = [
        flag.replace(default=list(flag.default)) if flag.name in iterable else flag
        for flag in list(inspect.signature(body).parameters.values())[1:]
    ]
    added = [inspect.Parameter(name, keyword, default=flag.default) for name, flag in shared.items()]
    return inspect.Signature([inspect.Parameter("_context", keyword), *own, *added])


def _new_run(verb_name: str, flags: dict[str, Any], *, comment: bool) -> Run:
    """Take the shared flags out of `flags`."""
    from infragate.adapters.local import settings

    takes_sandbox = "sandbox" in flags
    by_flag = flags.pop("sandbox", False)
    sandbox = by_flag or (takes_sandbox and settings.always_sandbox())
    break_glass = NO_BREAK_GLASS
    if "break_glass" in flags:  # `assume` has flags of its own for the MFA device
        enabled, serial, code = (flags.pop(flag) for flag in BREAK_GLASS)
        break_glass = BreakGlass(enabled=enabled, serial=serial, code=code)
    in_sandbox = sandbox or verb_name.startswith("sandbox-")  # of a practice apply that failed, too
    printer = make_printer(flags.pop("json"), sandbox=in_sandbox, break_glass=break_glass, comment=comment)
    if sandbox and not by_flag:
        printer.progress("INFRAGATE_SANDBOX=1: this runs in the sandbox, not in AWS")
    return Run(
        verb=verb_name,
        printer=printer,
        sandbox=sandbox,
        environment=env if isinstance(env := flags.get("env"), str) and env else None,
        break_glass=break_glass,
    )


def _execute(body: Callable[..., Outcome], flags: dict[str, Any], run: Run, report: str) -> int:
    """Run a body; print its text or document, write the report file, return the exit code."""
    from infragate.adapters.local import clock
    from infragate.adapters.process import signals
    from infragate.report import document

    signals.raise_on_sigterm()
    printer, mark, summary = run.printer, clock.monotonic(), None
    common: dict[str, Any] = {"verb": run.verb, "started_at": clock.now(), "caller": printer.caller}
    try:
        _require(body, flags, run)
        outcome = body(run, **flags)
        summary = outcome.summary
        record = document.record(
            **common,
            **outcome.fields,
            environment=run.environment,
            seconds=clock.monotonic() - mark,
        )
        outcome.show(printer)
        if outcome.error is not None and outcome.error.findings:  # else the result itself says it
            printer.error(outcome.error)
    except BaseException as caught:
        with signals.ignored():
            error = explain(caught, run)
            seconds = clock.monotonic() - mark
            record = document.failure(**common, environment=run.environment, error=error, seconds=seconds)
            printer.error(error)
    with signals.ignored():  # the verb has ended; a signal now could only lose its result
        printer.finish()
        if report := report or run.report:
            _deliver(record, printer, lambda: write_report(report, record, printer))
        if printer.quiet:
            _deliver(record, printer, lambda: printer.document(record))
        _summarise(record, printer, summary)
    return int(record["exit_code"])


def _deliver(record: dict[str, Any], printer: Printer, write: Callable[[], None]) -> None:
    """Write the document; a failure becomes the exit code of a run that had succeeded."""
    from infragate.domain.errors import InfragateError

    try:
        write()
    except InfragateError as error:
        printer.error(error)
        if record["exit_code"] in (0, 2):
            record["exit_code"] = error.exit_code


def write_report(report: str, record: dict[str, Any], printer: Printer) -> None:
    """Write a document to a file, masked, for its owner only."""
    from infragate.adapters.local import files

    files.write(Path(report), printer.document_bytes(record) + b"\n", mode=0o600)


def _summarise(record: dict[str, Any], printer: Printer, summary: Callable[[int], str] | None) -> None:
    """Add the result to the summary of a GitHub job; that it cannot be written is only a warning."""
    from infragate.adapters.local import files, settings
    from infragate.domain.errors import InfragateError
    from infragate.report import step_summary

    page = settings.read("GITHUB_STEP_SUMMARY") if printer.mode == "github" else None
    if page is None or record["verb"] == "assume":  # its result is credentials
        return
    try:
        if summary is None:
            text = step_summary.markdown(record, printer.told, clean=printer.clean)
        else:
            text = summary(step_summary.ROOM - files.size(Path(page)))
        files.append(Path(page), text)
    except InfragateError as failed:
        printer.warning(f"no summary of this job: {failed.message}")


def _require(body: Callable[..., Outcome], flags: dict[str, Any], run: Run) -> None:
    """Refuse a missing required flag: Invoke passes None for it."""
    from infragate.domain.errors import BadInput

    for name in inspect.signature(body).parameters:
        if name in flags and flags[name] is None:
            choices = f" with one of: {', '.join(run.project.names)}" if name == "env" else ""
            raise BadInput(f"{run.verb}: --{name} is required", where="command line", fix=f"add --{name}{choices}")


def make_printer(
    quiet: bool, *, sandbox: bool = False, break_glass: BreakGlass = NO_BREAK_GLASS, comment: bool = False
) -> Printer:
    """The printer for this terminal, log or GitHub job."""
    from infragate.adapters.local import masking, settings
    from infragate.domain.command import Caller
    from infragate.report.comment_printer import CommentPrinter
    from infragate.report.printer import Mode, Printer

    person = settings.is_terminal("stdout")
    mode: Mode = "github" if settings.on_github() else "person" if person else "plain"
    colour = person and settings.colour_allowed()
    caller = Caller(
        program=settings.called_as(),
        sandbox=sandbox,
        mfa_serial=break_glass.serial if break_glass.enabled else None,
        takes=TAKES,
    )
    if comment:
        return CommentPrinter(masker=masking.masker(), quiet=quiet, caller=caller)
    width = settings.terminal_width() if person else None
    return Printer(mode=mode, colour=colour, masker=masking.masker(), quiet=quiet, caller=caller, width=width)


def explain(caught: BaseException, run: Run) -> InfragateError:
    """The error for the user; the traceback of an unexpected one is written, masked, to a file."""
    import signal

    from infragate.adapters.local import crash_report
    from infragate.adapters.process.signals import Terminated
    from infragate.domain.errors import InfragateError, Interrupted

    again = f"run {run.verb} again when you are ready"
    if isinstance(caught, Interrupted) and caught.fix is None:  # a program that can just be run again
        return caught.amended(where=caught.where or run.verb, fix=again)
    if isinstance(caught, InfragateError):
        page = "docs/exit-codes.md, 'Exit codes'"  # the doctor must not lead to itself
        return caught if caught.fix or run.verb != "doctor" else caught.amended(fix=page)
    if isinstance(caught, KeyboardInterrupt):
        return Interrupted(signal.SIGINT, "interrupted; no program was left running", where=run.verb, fix=again)
    if isinstance(caught, Terminated):
        return Interrupted(signal.SIGTERM, "terminated; no program was left running", where=run.verb, fix=again)
    if isinstance(caught, RecursionError):
        caught.__traceback__ = None
    return crash_report.write(caught, verb=run.verb, clean=run.printer.clean)
