"""Writes Terraform configuration, in the form of `terraform fmt`. Texts may come from anywhere: they stay texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infragate.domain import neutral

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(rf'(?P<template>[$%]+)(?=\{{)|[\\"\n\r\t{neutral.HIDDEN}]')
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS = frozenset({"for", "if", "in", "null", "true", "false"})
_WIDTH = 100  # of a list on one line


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class JsonText:
    """A value that the attribute has as JSON text: `jsonencode(...)`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Blocks:
    """Nested blocks of one name."""

    bodies: tuple[Mapping[str, Any], ...]


def block(kind: str, labels: Sequence[str], body: Mapping[str, Any]) -> str:
    """A block of a file.

    Args:
        body: by name: a value as JSON has them, or Expression, JsonText, Blocks.
    """
    head = " ".join([kind, *map(quoted, labels)])
    return "\n".join([f"{head} {{", *_body(body, 1), "}"]) + "\n"


def quoted(text: str) -> str:
    """A string literal with exactly this value: no template in it is evaluated, and nothing hides in it."""
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def _escaped(match: re.Match[str]) -> str:
    signs = match.group()
    if match["template"]:  # `$${` stands for `${`; of several signs none is left to be read in pairs
        return signs * 2 if len(signs) == 1 else "".join(f"\\u{ord(sign):04x}" for sign in signs)
    return _ESCAPES.get(signs) or (f"\\u{ord(signs):04x}" if ord(signs) <= 0xFFFF else f"\\U{ord(signs):08x}")


def _body(values: Mapping[str, Any], depth: int) -> Iterator[str]:
    """The lines of a block. Nested blocks stand apart."""
    pad, is_first = "  " * depth, True
    plain = {name: value for name, value in values.items() if not isinstance(value, Blocks)}
    for line in _assigned(plain, depth):
        is_first = False
        yield line
    for name, value in values.items():
        for inner in value.bodies if isinstance(value, Blocks) else ():
            yield from () if is_first else [""]
            is_first = False
            yield from [f"{pad}{name} {{", *_body(inner, depth + 1), f"{pad}}}"]


def _assigned(values: Mapping[str, Any], depth: int) -> Iterator[str]:
    """`name = value` lines: those of one line each that follow each other are aligned."""
    pad, aligned = "  " * depth, list[tuple[str, str]]()
    for name, value in values.items():
        text = _expression(value, depth)
        if "\n" not in text:
            aligned.append((_key(name), text))
            continue
        yield from _columns(aligned, pad)
        aligned = []
        yield f"{pad}{_key(name)} = {text}"
    yield from _columns(aligned, pad)


def _columns(pairs: Sequence[tuple[str, str]], pad: str) -> Iterator[str]:
    width = max((len(name) for name, _ in pairs), default=0)
    return (f"{pad}{name:<{width}} = {text}" for name, text in pairs)


def _key(name: str) -> str:
    return name if _NAME.fullmatch(name) and name not in _KEYWORDS else quoted(name)


def _expression(value: Any, depth: int) -> str:
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, JsonText):
        return f"jsonencode({_expression(value.value, depth)})"
    if isinstance(value, dict):
        return "\n".join(["{", *_assigned(value, depth + 1), "  " * depth + "}"]) if value else "{}"
    if isinstance(value, list):
        return _listed(value, depth)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return quoted(value) if isinstance(value, str) else str(value)


def _listed(values: Sequence[Any], depth: int) -> str:
    texts = [_expression(value, depth + 1) for value in values]
    line = f"[{', '.join(texts)}]"
    if "\n" not in line and len(line) <= _WIDTH:
        return line
    pad = "  " * depth
    return "\n".join(["[", *(f"{pad}  {text}," for text in texts), f"{pad}]"])
