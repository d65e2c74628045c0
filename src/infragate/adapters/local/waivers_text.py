"""Adds an entry to the text of `policy/waivers.yaml`; every other byte stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from infragate.domain.errors import BadInput
from infragate.domain.gate.waivers import FILE

EMPTY = (
    "# The register of exceptions, for the complaints of every engine: docs/policy-exceptions.md\nschema_version: 1\n"
)


def with_entry(text: str, entry: Mapping[str, str]) -> str:
    """The text with one more entry at the end of its list.

    Raises:
        BadInput: the list is written in a form that cannot be continued line by line.
    """
    before, line_end = yaml.safe_load(text), "\r\n" if "\r\n" in text else "\n"
    entries = _entries(text)
    if isinstance(entries, yaml.SequenceNode) and not entries.value:  # []
        text = text[: entries.start_mark.index].rstrip(" ") + text[entries.end_mark.index :]
        entries = _entries(text)
    at, indent, head = len(text), "  ", ""
    if entries is None:
        head = f"waivers:{line_end}"
    elif isinstance(entries, yaml.SequenceNode):
        at, indent = _end_of_line(text, _last(entries).end_mark.index), " " * entries.start_mark.column
    else:
        at = _end_of_line(text, entries.end_mark.index)
    written = yaml.safe_dump([dict(entry)], sort_keys=False, allow_unicode=True, width=2**20)
    lines = "".join(f"{indent}{line}{line_end}" for line in written.splitlines())
    gap = "" if text[:at].endswith("\n") or not at else line_end
    longer = text[:at] + gap + head + lines + text[at:]
    if _read(longer) != {**before, "waivers": [*(before.get("waivers") or ()), dict(entry)]}:
        fix = "write `waivers:` as a list with one `- id: ...` a line, then run it again"
        raise BadInput(f"cannot add to the list of {FILE}", where=FILE, fix=fix)
    return longer


def _entries(text: str) -> yaml.Node | None:
    tree = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = tree.value if isinstance(tree, yaml.MappingNode) else ()
    return next((value for key, value in pairs if key.value == "waivers"), None)


def _last(node: yaml.Node) -> yaml.Node:
    """The last scalar: a block ends only where the next one begins."""
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return _last(node.value[-1])
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return _last(node.value[-1][1])
    return node


def _end_of_line(text: str, index: int) -> int:
    """Where the next line begins; `index` itself at the begin of a line."""
    if index and text[index - 1] == "\n":
        return index
    end = text.find("\n", index)
    return len(text) if end < 0 else end + 1


def _read(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None
