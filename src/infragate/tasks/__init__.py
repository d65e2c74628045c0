"""The verbs, one file each, and their Invoke namespace.

Only this package imports Invoke. It imports nothing heavy: `inv --list` only reads names and help.
"""

from __future__ import annotations

import re

from invoke.collection import Collection
from invoke.exceptions import Exit, ParseError
from invoke.program import Program

from infragate import __version__
from infragate.tasks import (
    apply,
    assume,
    bootstrap_backend,
    doctor,
    module_change,
    modules,
    plan,
    rehearse,
    release_check,
    render,
    rollback,
    sandbox,
    smoke,
    tools_install,
)

VERBS = (
    doctor.doctor,
    tools_install.tools_install,
    bootstrap_backend.bootstrap_backend,
    assume.assume,
    plan.plan,
    apply.apply,
    smoke.smoke,
    modules.modules_lock,
    modules.modules_verify,
    module_change.module_upgrade,
    module_change.module_downgrade,
    rollback.rollback,
    rollback.config_rollback,
    render.render,
    release_check.release_check,
    sandbox.sandbox_up,
    sandbox.sandbox_down,
    sandbox.sandbox_status,
    rehearse.rehearse,
)

namespace = Collection()
for _verb in VERBS:
    namespace.add_task(_verb)


class CommandLine(Program):
    """Invoke's command line; errors are printed in our three lines, with Invoke's exit code 1."""

    def parse_tasks(self) -> None:
        """As Invoke's; a value of the wrong type would otherwise end in a traceback."""
        try:
            super().parse_tasks()
        except (ParseError, ValueError) as error:
            raise _refused(error) from None

    def parse_cleanup(self) -> None:
        """As Invoke's: handles `--help` and `--list`."""
        try:
            super().parse_cleanup()
        except ParseError as error:
            raise _refused(error) from None


def _refused(error: ParseError | ValueError) -> Exit:
    from infragate.domain.errors import InfragateError
    from infragate.domain.suggestions import nearest
    from infragate.tasks.verb import make_printer

    context = getattr(error, "context", None)
    name = getattr(context, "name", None)
    unknown = re.fullmatch(r"No idea what '(.*)' is!", str(error), re.DOTALL)
    word = unknown.group(1) if unknown else ""
    dashes = "--" if word.startswith("-") else ""
    known = [flag.lstrip("-") for flag in context.flags] if context and dashes else list(namespace.task_names)
    hint = nearest(word.partition("=")[0].lstrip("-"), known) if word else None
    printer = make_printer(False)
    program = printer.caller.program
    page = f"{program} --help {name} lists its flags" if name else f"{program} --list shows all verbs"
    refusal = InfragateError(
        f"unknown {'flag' if dashes else 'command'}: {word}" if word else _reworded(str(error)),
        where=f"command line of {name}" if name else "command line",
        fix=f"did you mean {dashes}{hint}? {page}" if hint else page,
    )
    printer.error(refusal)
    return Exit(code=1)


def _reworded(text: str) -> str:
    text = re.sub(r"^Flag <Argument: ([\w-]+)[^>]*> needed value and was not given one!$", r"--\1 needs a value", text)
    return re.sub(r"^invalid literal for int\(\) with base 10: ", "expected a number, got ", text)


def main() -> None:
    """The console script `infragate`, also `python -m infragate`."""
    CommandLine(name="infragate", binary="infragate", version=__version__, namespace=namespace).run()
