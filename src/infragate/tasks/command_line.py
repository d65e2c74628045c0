"""The command line: groups of verbs, help, and what is answered to a mistyped word."""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any, NamedTuple

from invoke.collection import Collection
from invoke.exceptions import Exit, ParseError
from invoke.parser import Parser
from invoke.program import Program
from invoke.tasks import Task

from infragate.tasks.verb import make_printer


class Group(NamedTuple):
    """Verbs that belong together, and the page about them."""

    title: str
    page: str
    verbs: tuple[Task[Any], ...]


class CommandLine(Program):
    """Invoke's command line; errors are printed in our three lines, with Invoke's exit code 1."""

    def __init__(self, *, groups: tuple[Group, ...], version: str, namespace: Collection) -> None:
        super().__init__(name="infragate", binary="infragate", version=version, namespace=namespace)
        self.groups = groups

    def normalize_argv(self, argv: list[str] | None) -> None:
        """As Invoke's; also understands `help`, `help VERB` and `VERB ENVIRONMENT`."""
        super().normalize_argv(argv)
        program, *words = self.argv
        self.argv = [program, *completed(words, self.groups)]

    def parse_tasks(self) -> None:
        """As Invoke's; a value of the wrong type would otherwise end in a traceback."""
        try:
            super().parse_tasks()
        except (ParseError, ValueError) as error:
            raise _refused(error, list(self.collection.task_names)) from None

    def _make_parser(self) -> Parser:
        """As Invoke's, with the verbs that the command line names: it reads and copies the flags of each that it gets."""
        words = " ".join(self.argv)
        named = Collection(*(task for name, task in self.collection.tasks.items() if name in words))
        return Parser(initial=self.initial_context, contexts=named.to_contexts())

    def parse_cleanup(self) -> None:
        """As Invoke's: handles `--help` and `--list`."""
        try:
            super().parse_cleanup()
        except ParseError as error:
            raise _refused(error, list(self.collection.task_names)) from None

    def list_flat(self) -> None:
        """Print the verbs by group, each group with its page."""
        widest = max(len(verb.name) for group in self.groups for verb in group.verbs)
        printer = make_printer(False)
        for group in self.groups:
            printer.line(f"{group.title} ({group.page})\n", "head")
            self.print_columns([(verb.name.ljust(widest), _summary(verb)) for verb in group.verbs])
        printer.line(f"{printer.caller.program} help VERB explains one.")

    def print_columns(self, tuples: Sequence[tuple[str, str | None]]) -> None:
        """As Invoke's, through the printer: a reader such as `head` may close the pipe."""
        with redirect_stdout(io.StringIO()) as text:
            super().print_columns(tuples)
        make_printer(False).line(text.getvalue().rstrip("\n") + "\n")

    def print_task_help(self, name: str) -> None:
        """Print one verb's usage, description, flags and page."""
        task, printer = self.collection[name], make_printer(False)
        program = printer.caller.program
        needed = "".join(f" --{flag} {flag.upper()}" for flag in required(task))
        printer.line(f"Usage: {program} {name}{needed} [flags]\n", "head")
        printer.line(re.sub(r"\binv (?=[a-z])", f"{program} ", inspect.getdoc(task) or ""))
        printer.line("\nFlags:", "head")
        self.print_columns(self.parser.contexts[name].help_tuples())
        for page in (group.page for group in self.groups if task in group.verbs):
            printer.line(f"More: {page}")


def completed(words: list[str], groups: tuple[Group, ...]) -> list[str]:
    """The words of a command line with what a person leaves out: `plan dev` is `plan --env dev`."""
    if words[:1] == ["help"]:
        return ["--help", words[1]] if words[1:] else ["--list"]
    verbs = {verb.name: verb for group in groups for verb in group.verbs}
    is_value = len(words) > 1 and not words[1].startswith("-") and words[1] not in verbs
    if is_value and words[0] in verbs and "env" in inspect.signature(verbs[words[0]].body).parameters:
        return [words[0], "--env", *words[1:]]
    return words


def required(task: Task[Any]) -> list[str]:
    """Names of the flags that a verb cannot do without."""
    _context, *flags = inspect.signature(task.body).parameters.values()
    return [flag.name.replace("_", "-") for flag in flags if flag.default is inspect.Parameter.empty]


def _summary(task: Task[Any]) -> str:
    """The first sentences of a verb's description."""
    return " ".join((inspect.getdoc(task) or "").partition("\n\n")[0].split())


def _refused(error: ParseError | ValueError, verbs: list[str]) -> Exit:
    from infragate.domain.errors import InfragateError
    from infragate.domain.suggestions import nearest

    context = getattr(error, "context", None)
    name = getattr(context, "name", None)
    unknown = re.fullmatch(r"No idea what '(.*)' is!", str(error), re.DOTALL)
    word = unknown.group(1) if unknown else ""
    dashes = "--" if word.startswith("-") else ""
    known = [flag.lstrip("-") for flag in context.flags] if context and dashes else verbs
    hint = nearest(word.partition("=")[0].lstrip("-"), known) if word else None
    has_no_environment = context and "env" in context.args and context.args["env"].value is None
    if word and not dashes and not hint and has_no_environment:
        hint = f"--env {word}"
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
