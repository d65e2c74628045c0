"""The generated part of a module's README: requirements, inputs, outputs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from infragate.domain.modules.module_interface import Input, ModuleInterface

BEGIN, END = "<!-- made by inv render: begin -->", "<!-- made by inv render: end -->"
_PART = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
# Before each further entry of an object that was written over several lines: they need commas on one line.
_ENTRY = re.compile(r"(?<=[^\s{(\[,]) (?=[\w\"-]+\s+=\s)")


def render(page: str, interface: ModuleInterface) -> str | None:
    """The page with its generated part renewed; None unless the page has exactly one."""
    if len(_PART.findall(page)) != 1:
        return None
    return _PART.sub(lambda _: f"{BEGIN}\n{_tables(interface)}\n{END}", page)


def _tables(interface: ModuleInterface) -> str:
    terraform = [("terraform", interface.terraform)] if interface.terraform else []
    needs = ", ".join(f"{name} `{version}`" for name, version in [*terraform, *sorted(interface.providers.items())])
    inputs = [
        (f"`{input_.name}`", input_.description, _code(input_.type), _default(input_))
        for input_ in sorted(interface.inputs.values(), key=lambda input_: (not input_.required, input_.name))
    ]
    outputs = [(f"`{name}`", output.description) for name, output in sorted(interface.outputs.items())]
    parts = {
        "Needs": needs or "Nothing.",
        "Inputs": _table(("name", "what", "type", "default"), inputs),
        "Outputs": _table(("name", "what"), outputs),
    }
    return "\n\n".join(f"## {title}\n\n{text}" for title, text in parts.items())


def _default(input_: Input) -> str:
    return "**required**" if input_.default is None else _code(input_.default)


def _code(expression: str) -> str:
    return f"`{_ENTRY.sub(', ', expression)}`"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return "None."
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
