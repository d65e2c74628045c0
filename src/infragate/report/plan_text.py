"""A plan as text: for a person, and as a log with one record on each line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from infragate.domain.manifest import Manifest
from infragate.domain.plan import Change, OutputChange, Plan
from infragate.domain.plan_fields import UNKNOWN, Field
from infragate.domain.renames import Rename
from infragate.report.plan_values import INDENT, difference, shown, wrapped
from infragate.report.printer import Printer

STYLES = {"create": "good", "update": "warn", "replace": "bad", "delete": "bad", "forget": "warn"}
# Losses come first, for a reader who reads only the top.
ORDER = ("delete", "replace", "forget", "update", "create", "no-op", "read")
_SIGNS = {"create": "+", "update": "~", "delete": "-", "read": "<=", "forget": "x", "no-op": ">"}
NAMED = 8  # attributes by name in a line that sums up
_GROUPS = {"computed": "computed, known after apply", "empty": "null instead of empty, or the reverse"}


def sign(change: Change | OutputChange) -> str:
    """Terraform's sign: `-/+` destroys first, `+/-` creates first."""
    if change.action != "replace":
        return _SIGNS[change.action]
    actions = change.actions if isinstance(change, Change) else ("delete", "create")
    return "/".join(_SIGNS[step] for step in actions)


def where(manifest: Manifest) -> str:
    """Which account, under which role, from which commit."""
    cloud = "SANDBOX" if manifest.cloud == "sandbox" else manifest.cloud.upper()
    commit = f"commit {manifest.commit[:12]}" if manifest.commit else "no commit"
    role = manifest.role.rpartition("/")[2]
    return f"{cloud} account {manifest.account_id}, {manifest.region}, role {role}, {commit}"


def output_value(value: Any, printer: Printer, column: int) -> str:
    """The value of an output; on a screen an object is cut to the rest of its line."""
    if printer.mode != "person" or not isinstance(value, (dict, list)):
        return shown(value)
    return shown(printer.hide(value), limit=max((printer.width or 160) - column, 40))


class PlanText:
    """Prints a plan; `full` shows every attribute and counts nothing."""

    def __init__(self, printer: Printer, *, full: bool = False) -> None:
        self.printer, self.full = printer, full
        self.cut = printer.mode == "person"
        self.width = printer.width if self.cut else None

    def changes(self, plan: Plan) -> None:
        """Everything that an apply would do, losses first."""
        for action in ORDER:
            for change in plan.changes:
                if change.action == action:
                    self.change(change)
        for output in plan.outputs:
            self._output(output)

    def drift(self, plan: Plan, *, whole: bool) -> None:
        """What was changed outside of Terraform; without `whole`, what has no consequence is only named."""
        if not plan.drift:
            return
        touched = plan.relevant | {change.address for change in plan.changes if change.action != "no-op"}
        matters: list[Change] = []
        quiet: list[Change] = []
        for change in plan.drift:
            counts = whole or self.full or change.action == "delete" or change.address in touched
            (matters if counts else quiet).append(change)
        if matters:
            self.printer.line("changed outside of Terraform:", "warn")
        for change in matters:
            self.change(change)
        if quiet:
            label = f"changed outside of Terraform, without consequence for this plan ({len(quiet)}):"
            self._names(label, [change.address for change in quiet], "dim")

    def change(self, change: Change) -> None:
        """One resource with what a reviewer decides from."""
        style = STYLES.get(change.action, "")
        self._title(f"{sign(change):>3} {change.address}", notes(change), style)
        if change.action not in ("create", "delete"):
            self._fields(change.fields)
        elif self.full:
            self._values(change)
        else:
            self._key_attributes(change)

    def _title(self, line: str, notes: Sequence[str], style: str) -> None:
        tail = f"  [{'; '.join(notes)}]" if notes else ""
        if self.width is None or len(line) + len(tail) <= self.width or not notes:
            self.printer.line(line + tail, style)
            return
        self.printer.line(line, style)
        parts = [f"{note};" for note in notes[:-1]] + [f"{notes[-1]}]"]
        self._lines(wrapped([f"[{parts[0]}", *parts[1:]], width=self.width, separator=" "), style)

    def _lines(self, lines: Iterable[str], style: str = "") -> None:
        for line in lines:
            self.printer.line(line, style)

    def _names(self, label: str, addresses: Sequence[str], style: str) -> None:
        """A label and addresses: on one line, or each on its own where they do not fit."""
        line = f"{label} {', '.join(addresses)}"
        fits = self.width is None or len(line) <= self.width
        self._lines([line] if fits else [label, *(f"    {address}" for address in addresses)], style)

    def _key_attributes(self, change: Change) -> None:
        parts: list[str] = []
        for name, value in ((entry.name, self.printer.hide(entry.value)) for entry in change.key_attributes):
            if self.width and isinstance(value, list) and value and all(map(_needs_lines, value)):
                self._lines(wrapped(parts, width=self.width))
                parts = []
                for element in value:
                    self._element(name, element, self.width)
            else:
                parts.append(self._pair(name, value))
        self._lines(wrapped(parts, width=self.width))

    def _pair(self, name: str, value: Any) -> str:
        limit = max((self.width or 160 + len(INDENT)) - len(INDENT) - len(name) - 2, 40) if self.cut else None
        return f"{name}: {shown(value, limit=limit)}"

    def _element(self, name: str, element: Any, width: int) -> None:
        """A statement or a block, on lines of its own."""
        words, separator = (
            (f"{name}: {element}".split(" "), " ")
            if isinstance(element, str)
            else ([f"{name}:", *(self._pair(key, value) for key, value in element.items())], "  ")
        )
        first, *rest = wrapped(words, width=width - 2, separator=separator)
        self._lines([first, *(f"  {line}" for line in rest)])

    def _values(self, change: Change) -> None:
        """Every attribute of what is created or destroyed."""
        new = change.action == "create"
        computed = []
        for field in change.fields:
            value = field.after if new else field.before
            if value == UNKNOWN:
                computed.append(field)
            elif value is not None:
                self.printer.line(f"{INDENT}{field.path}: {shown(value)}")
        self._summed_up(computed)

    def _fields(self, fields: Iterable[Field]) -> None:
        noise = []
        for field in fields:
            if field.group is not None and not self.full:
                noise.append(field)
            else:
                hidden = replace(field, before=self.printer.hide(field.before), after=self.printer.hide(field.after))
                self._lines(difference(hidden, width=self.width, cut=self.cut and not self.full))
        self._summed_up(noise)

    def _summed_up(self, fields: Sequence[Field]) -> None:
        """One line for each group of differences without a meaning of their own."""
        for group, words in _GROUPS.items():
            paths = [field.path for field in fields if (field.group or "computed") == group]
            if paths:
                named = paths if self.full else paths[:NAMED]
                more = f" and {len(paths) - len(named)} more" if len(paths) > len(named) else ""
                words_of_line = f"({len(paths)} {words}: {', '.join(named)}{more})".split(" ")
                self._lines(wrapped(words_of_line, width=self.width, separator=" "), "dim")

    def _output(self, output: OutputChange) -> None:
        name, style = f"{sign(output):>3} output.{output.name}", STYLES.get(output.action, "")
        if output.action == "create" and [field.path for field in output.fields] == [""]:
            name += f": {output_value(output.fields[0].after, self.printer, len(name) + 2)}"
        self.printer.line(name, style)
        if output.action == "create":
            self._lines(f"{INDENT}{field.path}: {shown(field.after)}" for field in output.fields if field.path)
        elif output.action != "delete":
            self._fields(output.fields)

    def losses(self, plan: Plan) -> None:
        """What is lost, what was lost already, and the `moved` blocks that would keep objects."""
        vanished = [change.address for change in plan.changes if change.vanished and change.stateful]
        if vanished:
            self._names("! deleted outside of Terraform, its data is gone:", vanished, "bad")
        losses = [change.address for change in plan.changes if change.loses_state]
        if losses:
            self._names("! data at risk:", losses, "bad")
        if plan.renames:
            self._lines(_moved_blocks(plan.renames), "warn")


def _needs_lines(element: Any) -> bool:
    """True for a sentence or a block."""
    return isinstance(element, dict) or (isinstance(element, str) and " " in element)


def notes(change: Change) -> list[str]:
    """What a reviewer must know of a change beside its values."""
    exposures = ", ".join(change.exposures)
    every = (
        "STATEFUL" if change.stateful else "",
        f"PUBLIC: {exposures}" if exposures else "",
        "import" if change.imported else "",
        f"was {change.moved_from}" if change.moved_from else "",
        change.reason or "",
    )
    return [note for note in every if note]


def _moved_blocks(renames: Sequence[Rename]) -> Iterator[str]:
    objects = sum(rename.objects for rename in renames)
    yield f"! renamed? {objects} destroyed and {objects} new objects are alike; to keep them, write:"
    for rename in renames:
        yield "    moved {"
        yield f"      from = {rename.source}"
        yield f"      to   = {rename.target}"
        yield "    }"
