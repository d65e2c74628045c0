"""The part of a module's README that is made from its code: what it needs, inputs, outputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from infragate.domain.modules.module_interface import ModuleInterface

BEGIN, END = "<!-- made by inv render: begin -->", "<!-- made by inv render: end -->"
_PART = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
# An expression on one line: what ended with a line break ends with a comma.
_ENTRY = re.compile(r"(?<=[^\s{(\[,]) (?=[\w\"-]+\s+=\s)")


def render(page: str, interface: ModuleInterface) -> str | None:
    """The page with its part made anew; None where the page has no place for it, or several."""
    if len(_PART.findall(page)) != 1:
        return None
    return _PART.sub(lambda _: f"{BEGIN}\n{_tables(interface)}\n{END}", page)


def _tables(interface: ModuleInterface) -> str:
    needs = ", ".join(f"{name} `{version}`" for name, version in _needs(interface))
    inputs = [
        (
            f"`{one.name}`",
            one.description,
            _code(one.type),
            "**required**" if one.default is None else _code(one.default),
        )
        for one in sorted(interface.inputs.values(), key=lambda one: (not one.required, one.name))
    ]
    outputs = [(f"`{one.name}`", one.description) for _, one in sorted(interface.outputs.items())]
    return "\n".join(
        [
            "## Needs",
            "",
            needs or "Nothing.",
            "",
            "## Inputs",
            "",
            *_table(("name", "what", "type", "default"), inputs),
            "",
            "## Outputs",
            "",
            *_table(("name", "what"), outputs),
        ]
    )


def _needs(interface: ModuleInterface) -> Iterable[tuple[str, str]]:
    if interface.terraform:
        yield "terraform", interface.terraform
    yield from sorted(interface.providers.items())


def _code(expression: str) -> str:
    return f"`{_ENTRY.sub(', ', expression)}`"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return ["None."]
    lines = [head, tuple("---" for _ in head), *rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]
