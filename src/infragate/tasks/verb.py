"""What all verbs share: flags, exit codes, errors, the JSON document. A task's body only builds a request."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import Task

from infragate.tasks.run import NO_BREAK_GLASS, BreakGlass, Outcome, Run

if TYPE_CHECKING:
    from infragate.domain.errors import InfragateError
    from infragate.report.printer import Printer

SHARED_HELP = {
    "json": "Print exactly one JSON document on stdout instead of text.",
    "report": "Write the JSON document to this file as well, whatever happens.",
    "sandbox": "Use the AWS emulator on this machine (started when needed): no cloud account, nothing leaves the machine.",
}
BREAK_GLASS_HELP = {
    "break_glass": "Under the break-glass role: for an engineer on call, with an MFA device.",
    "mfa_serial": "ARN of your MFA device (break-glass).",
    "mfa_code": "The code that it shows (break-glass); each command needs a new one.",
}


# The shared flags of each verb; the decorator fills it, so that a suggested command gets only flags that exist.
TAKES: dict[str, frozenset[str]] = {}


def verb(
    *,
    help: dict[str, str],  # noqa: A002 - Invoke's own word
    name: str | None = None,
    positional: tuple[str, ...] = (),
    iterable: tuple[str, ...] = (),
    sandbox: bool = True,
    break_glass: bool = False,
) -> Callable[[Callable[..., Outcome]], Task[Any]]:
    """Turn `body(run, **flags) -> Outcome` into an Invoke task with the flags that every verb has.

    Args:
        help: a sentence for each flag of the body.
        name: the verb, when it differs from the function's name.
        positional: flags that may stand without their name.
        iterable: flags that may be given several times.
        sandbox: it takes `--sandbox`.
        break_glass: an engineer on call may run it under the break-glass role.
    """

    def make(body: Callable[..., Outcome]) -> Task[Any]:
        verb_name = name or body.__name__.replace("_", "-")
        TAKES[verb_name] = frozenset([*(["--sandbox"] if sandbox else []), *(["--break-glass"] if break_glass else [])])

        @functools.wraps(body)
        def run_task(_context: Context, **flags: Any) -> None:
            json_wanted, report = flags.pop("json"), flags.pop("report")
            in_sandbox = bool(flags.pop("sandbox", False))
            emergency = BreakGlass()
            if break_glass:
                wanted, serial, mfa_code = (flags.pop(flag) for flag in BREAK_GLASS_HELP)
                emergency = BreakGlass(wanted=wanted, serial=serial, code=mfa_code)
            code = _execute(
                verb_name,
                body,
                flags,
                json_wanted=json_wanted,
                report=report,
                sandbox=in_sandbox,
                break_glass=emergency,
            )
            if code:
                raise Exit(code=code)

        run_task.__signature__ = _signature(  # type: ignore[attr-defined]
            body, iterable, sandbox=sandbox, break_glass=break_glass
        )
        shared = {key: text for key, text in SHARED_HELP.items() if sandbox or key != "sandbox"}
        shared |= BREAK_GLASS_HELP if break_glass else {}
        made: Task[Any] = Task(
            run_task,
            name=verb_name,
            help={**help, **shared},
            positional=positional,
            iterable=iterable,
            auto_shortflags=False,
        )
        return made

    return make


def _signature(
    body: Callable[..., Outcome], iterable: tuple[str, ...], *, sandbox: bool, break_glass: bool
) -> inspect.Signature:
    keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD
    # Invoke collects what is given several times only where the default is a list.
    own = [
        flag.replace(default=list(flag.default)) if flag.name in iterable else flag
        for flag in list(inspect.signature(body).parameters.values())[1:]
    ]
    defaults: dict[str, bool | str] = {
        **({"break_glass": False, "mfa_serial": "", "mfa_code": ""} if break_glass else {}),
        "json": False,
        "report": "",
        **({"sandbox": False} if sandbox else {}),
    }
    shared = [inspect.Parameter(name, keyword, default=default) for name, default in defaults.items()]
    return inspect.Signature([inspect.Parameter("_context", keyword), *own, *shared])


def _execute(
    verb_name: str,
    body: Callable[..., Outcome],
    flags: dict[str, Any],
    *,
    json_wanted: bool,
    report: str,
    sandbox: bool,
    break_glass: BreakGlass,
) -> int:
    """Run a body and deliver its outcome: text or document on stdout, the report file, the exit code."""
    sys.dont_write_bytecode = False  # Invoke switches the byte-code cache off, which would make every start slower
    from infragate.adapters.local import clock
    from infragate.adapters.process import signals
    from infragate.report import document

    signals.raise_on_sigterm()
    printer = make_printer(json_wanted, sandbox=sandbox, break_glass=break_glass)
    run = Run(
        verb=verb_name,
        printer=printer,
        sandbox=sandbox,
        environment=flags.get("env") or None,
        break_glass=break_glass,
    )
    started, mark = clock.now(), clock.monotonic()
    common: dict[str, Any] = {
        "verb": verb_name,
        "environment": run.environment,
        "started_at": started,
        "caller": printer.caller,
    }
    try:
        _require(body, flags, run)
        outcome = body(run, **flags)
        code = outcome.exit_code
        record = document.success(
            **common,
            status=outcome.status,
            exit_code=code,
            seconds=clock.monotonic() - mark,
            result=outcome.result,
            error=outcome.error,
        )
        outcome.show(printer)
    except BaseException as caught:
        with signals.ignored():
            error = _explain(caught, run)
            record = document.failure(**common, error=error, seconds=clock.monotonic() - mark)
            code = record["exit_code"]
            printer.error(error.message, error.where, error.fix)
    with signals.ignored():  # the verb has ended: a signal now could only lose its result
        record["exit_code"] = code = _write_report(report, record, printer) or code
        if json_wanted:
            code = _print_document(record, printer) or code
    return int(code)


def _print_document(document: dict[str, Any], printer: Printer) -> int:
    """Put the document on stdout; an exit code where that failed."""
    from infragate.domain.errors import InfragateError

    try:
        printer.document(document)
    except InfragateError as error:
        printer.error(error.message, error.where, error.fix)
        return error.exit_code if document["exit_code"] in (0, 2) else 0
    return 0


def _require(body: Callable[..., Outcome], flags: dict[str, Any], run: Run) -> None:
    """Invoke gives None for a flag without a default that was left out."""
    from infragate.domain.errors import BadInput

    for name in inspect.signature(body).parameters:
        if name in flags and flags[name] is None:
            choices = f" with one of: {', '.join(run.project.names)}" if name == "env" else ""
            raise BadInput(f"{run.verb}: --{name} is required", where="command line", fix=f"add --{name}{choices}")


def make_printer(json_wanted: bool, *, sandbox: bool = False, break_glass: BreakGlass = NO_BREAK_GLASS) -> Printer:
    """The printer for where we are (a terminal, a log, GitHub) and how we were called."""
    from infragate.adapters.local import masking, settings
    from infragate.domain.command import Caller
    from infragate.report.printer import Mode, Printer

    person = settings.is_terminal("stdout")
    mode: Mode = "github" if settings.on_github() else "person" if person else "plain"
    colour = person and settings.colour_allowed()
    caller = Caller(
        program=settings.called_as(),
        sandbox=sandbox,
        mfa_serial=break_glass.serial if break_glass.wanted else None,
        takes=TAKES,
    )
    return Printer(mode=mode, colour=colour, masker=masking.masker(), quiet=json_wanted, caller=caller)


def _write_report(report: str, document: dict[str, Any], printer: Printer) -> int:
    if not report:
        return 0
    from infragate.adapters.local import files
    from infragate.domain.errors import InfragateError
    from infragate.report import json_text

    try:
        data = printer.masker.mask_bytes(json_text.document(document))
        files.write(Path(report), data + b"\n", mode=0o600)
    except InfragateError as error:
        printer.error(error.message, error.where, error.fix)
        return error.exit_code if document["exit_code"] in (0, 2) else 0
    return 0


def _explain(caught: BaseException, run: Run) -> InfragateError:
    """The error for the user; an unexpected one is kept, masked, in a file."""
    import signal

    from infragate.adapters.process.signals import Terminated
    from infragate.domain.errors import InfragateError, Interrupted

    if isinstance(caught, InfragateError):
        return caught
    again = f"run {run.verb} again when you are ready"
    if isinstance(caught, KeyboardInterrupt):
        return Interrupted(signal.SIGINT, "interrupted; nothing was left running", where=run.verb, fix=again)
    if isinstance(caught, Terminated):
        return Interrupted(signal.SIGTERM, "terminated; nothing was left running", where=run.verb, fix=again)
    if isinstance(caught, RecursionError):
        caught.__traceback__ = None
    return _unexpected(caught, run)


def _unexpected(caught: BaseException, run: Run) -> InfragateError:
    import platform
    import traceback

    from infragate import __version__
    from infragate.adapters.local import clock, files, settings
    from infragate.domain.errors import InfragateError

    text = "".join(traceback.format_exception(caught))
    head = f"infragate {__version__}, Python {platform.python_version()}, {platform.platform()}, verb {run.verb}\n\n"
    path = settings.state_folder() / "crashes" / f"{clock.now():%Y%m%dT%H%M%S%fZ}.txt"
    try:
        files.write(path, run.printer.masker.mask(head + text).encode("utf-8", "backslashreplace"), mode=0o600)
        where = str(path)
    except InfragateError:
        where = f"{type(caught).__name__} (the report could not be written)"
    summary = str(caught).splitlines()[0][:200] if str(caught) else ""
    return InfragateError(
        f"unexpected {type(caught).__name__}: {summary}",
        where=where,
        fix="this is a bug: please report it with that file",
    )
