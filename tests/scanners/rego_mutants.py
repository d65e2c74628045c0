"""Mutants of a Rego file: the same text with one small fault, at a place that OPA's syntax tree gives.

Each operator is a function from a node of the tree to the texts that replace it. Nothing is printed again from the tree:
a mutant differs from the file in the one place only.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Node: TypeAlias = dict[str, Any]
Replacements: TypeAlias = Iterator[tuple[Node, str]]

COMPARISONS = {
    "==": "!=",
    "!=": "==",
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "-": "+",
    "+": "-",
    "&": "|",
    "|": "&",
}
LITERALS = {"set": "set()", "array": "[]", "object": "{}"}
CONTAINERS = frozenset({"set", "array", "object"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One fault in one file.

    Attributes:
        file: relative to the folder of all policies.
        source: the whole text of the mutant.
        line, becomes: the line at the place, before and after. With the operator they name the mutant.
    """

    file: str
    operator: str
    row: int
    line: str
    becomes: str
    source: str

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What the list of equivalent mutants calls it."""
        return (self.file, self.operator, self.line, self.becomes)


def mutants_of(opa: Path, folder: Path, file: str) -> list[Mutant]:
    """Every mutant of a file."""
    text = (folder / file).read_text(encoding="utf-8")
    tree = _tree(opa, folder / file)
    made = (
        _mutant(file, text, operator, node, new)
        for rule in tree["rules"]
        for operator, act in OPERATORS.items()
        for node, new in act(rule)
    )
    return list({mutant.source: mutant for mutant in made if mutant.source != text}.values())


def _tree(opa: Path, path: Path) -> Node:
    argv = [str(opa), "parse", "--format=json", "--json-include=locations", str(path)]
    tree: Node = json.loads(subprocess.run(argv, check=True, capture_output=True, timeout=60).stdout)
    return tree


def _text(node: Node) -> str:
    return base64.b64decode(node["location"]["text"]).decode()


def _mutant(file: str, text: str, operator: str, node: Node, new: str) -> Mutant:
    lines = text.splitlines(keepends=True)
    row = node["location"]["row"]
    start = len("".join(lines[: row - 1]).encode()) + node["location"]["col"] - 1
    data = text.encode()
    end = start + len(_text(node).encode())
    assert data[start:end].decode() == _text(node)
    source = (data[:start] + new.encode() + data[end:]).decode()
    return Mutant(
        file=file,
        operator=operator,
        row=row,
        line=" ".join(_text_of_lines(data, start, end).split()),
        becomes=" ".join(_text_of_lines(source.encode(), start, start + len(new.encode())).split()),
        source=source,
    )


def _text_of_lines(data: bytes, start: int, end: int) -> str:
    """The whole lines that a range touches."""
    first = data.rfind(b"\n", 0, start) + 1
    last = data.find(b"\n", end)
    return data[first : last if last >= 0 else len(data)].decode()


def _nodes(value: object) -> Iterator[Node]:
    """Every node below, without what a comprehension adds twice."""
    if isinstance(value, dict):
        if "location" in value:
            yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


def _conditions(rule: Node) -> Iterator[Node]:
    """Expressions of bodies that decide: no `some`, no assignment, not the body that a value without one gets."""
    for node in _nodes(rule):
        terms = node.get("terms")
        if terms is None or (isinstance(terms, dict) and ("symbols" in terms or terms.get("type") == "boolean")):
            continue
        if not (isinstance(terms, list) and _text(terms[0]) == ":="):
            yield node


def _is_message(node: Node) -> bool:
    """A text for people."""
    return " " in str(node["value"]) and not _text(node).startswith("`")


def dropped_condition(rule: Node) -> Replacements:
    """A condition is not asked."""
    return ((node, "true") for node in _conditions(rule))


def negated_condition(rule: Node) -> Replacements:
    """A condition is turned round."""
    for node in _conditions(rule):
        if isinstance(node["terms"], dict) and "domain" in node["terms"]:
            continue
        text = _text(node)
        yield node, text.removeprefix("not ") if node.get("negated") else f"not {text}"


def other_comparison(rule: Node) -> Replacements:
    """`==` and `!=`, `<` and `<=`, `&` and `|`, `-` and `+` take each other's place."""
    for node in _nodes(rule):
        if node.get("type") == "ref" and _text(node) in COMPARISONS:
            yield node, COMPARISONS[_text(node)]


def other_number(rule: Node) -> Replacements:
    """A number is one more, or one less."""
    for node in _nodes(rule):
        if node.get("type") == "number":
            yield node, str(node["value"] + 1)
            yield node, str(node["value"] - 1)


def other_boolean(rule: Node) -> Replacements:
    """`true` and `false` take each other's place."""
    for node in _nodes(rule):
        if node.get("type") == "boolean" and _text(node) in {"true", "false"}:
            yield node, "false" if node["value"] else "true"


def other_string(rule: Node) -> Replacements:
    """A text that is no message for people is another text."""
    for node in _nodes(rule):
        if node.get("type") == "string" and _text(node)[0] in '"`' and not _is_message(node):
            yield node, _text(node)[:-1] + "_changed" + _text(node)[-1]


def loose_pattern(rule: Node) -> Replacements:
    """A regular expression loses the mark of its begin or end, or a part."""
    for node in _nodes(rule):
        text = _text(node)
        if node.get("type") != "string" or not text.startswith("`"):
            continue
        for part in re.finditer(r"\^|\$|[*+?]|\[[^\]]+\]|\|", text):
            if text[part.start() - 1] not in "\\[" and not _in_class(text, part.start()):
                yield node, text[: part.start()] + text[part.end() :]


def _in_class(text: str, at: int) -> bool:
    return text.rfind("[", 0, at) > text.rfind("]", 0, at)


def renamed_field(rule: Node) -> Replacements:
    """A field has another name: what it gives is undefined."""
    for node in _nodes(rule):
        if node.get("type") == "ref" and not _is_called(node, rule):
            yield from ((part, f"{_text(part)}_renamed") for part in node["value"][1:] if _is_field(part))


def _is_field(part: Node) -> bool:
    return part["type"] == "string" and _text(part)[0] not in '"`' and _text(part) == part["value"]


def _is_called(node: Node, rule: Node) -> bool:
    calls = (other["value"][0] for other in _nodes(rule) if other.get("type") == "call")
    bodies = (other["terms"][0] for other in _nodes(rule) if isinstance(other.get("terms"), list))
    return any(node is other for other in (*calls, *bodies))


def deleted_rule(rule: Node) -> Replacements:
    """A rule, or one of its bodies, is gone."""
    if not rule.get("default"):
        yield rule, ""


def emptied(rule: Node) -> Replacements:
    """A set, array or object is empty."""
    for node in _nodes(rule):
        if node.get("type") in CONTAINERS and node["value"]:
            yield node, LITERALS[node["type"]]


def fewer_members(rule: Node) -> Replacements:
    """An array lacks its first member, or its last. Where they are texts, `other_string` does that."""
    for node in _nodes(rule):
        if node.get("type") == "array" and len(node["value"]) > 1 and node["value"][0]["type"] != "string":
            members = [_text(member) for member in node["value"]]
            yield node, f"[{', '.join(members[1:])}]"
            yield node, f"[{', '.join(members[:-1])}]"


def some_for_every(rule: Node) -> Replacements:
    """What must hold for all must hold for one."""
    for node in _nodes(rule):
        terms = node.get("terms")
        if isinstance(terms, dict) and "domain" in terms:
            conditions = "; ".join(_text(inner) for inner in terms["body"])
            member, domain = _text(terms["value"]), _text(terms["domain"])
            yield node, f"count([1 | some {member} in {domain}; {conditions}]) > 0"


def other_kind_of_finding(rule: Node) -> Replacements:
    """What is refused is asked, and the other way round."""
    for node in _nodes(rule):
        if node.get("type") == "ref" and _text(node) in {"finding.ask", "finding.refuse"}:
            yield node, "finding.refuse" if _text(node) == "finding.ask" else "finding.ask"


OPERATORS: dict[str, Callable[[Node], Replacements]] = {
    act.__name__.replace("_", "-"): act
    for act in (
        dropped_condition,
        negated_condition,
        other_comparison,
        other_number,
        other_boolean,
        other_string,
        loose_pattern,
        renamed_field,
        deleted_rule,
        emptied,
        fewer_members,
        some_for_every,
        other_kind_of_finding,
    )
}
