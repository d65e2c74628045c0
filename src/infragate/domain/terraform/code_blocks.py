"""The blocks of Terraform code with all their arguments, as the judge of code reads them (both syntaxes)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from infragate.domain.terraform import code_tokens, token_lists
from infragate.domain.terraform.code_tokens import Token, Unreadable

# How many labels a kind of block has where JSON syntax writes them as keys: at the top, and inside other blocks.
_LABELS = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "module": 1,
    "provider": 1,
    "variable": 1,
    "output": 1,
    "check": 1,
    "run": 1,
}
_INNER = {"backend": 1, "provider_meta": 1, "provisioner": 1, "dynamic": 1, "data": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """`name = expression`; `line` counts from 1."""

    name: str
    tokens: tuple[Token, ...]
    line: int

    @property
    def literal(self) -> str | None:
        """The value of a plain string."""
        return literal(self.tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """A block.

    Attributes:
        repeated: in JSON syntax an object may be a block or a value; its arguments are then part of an Argument, too.
    """

    kind: str
    labels: tuple[str, ...]
    arguments: tuple[Argument, ...]
    blocks: tuple[CodeBlock, ...]
    line: int
    repeated: bool = False

    def argument(self, name: str) -> Argument | None:
        """The last argument of this name."""
        return next((argument for argument in reversed(self.arguments) if argument.name == name), None)

    @property
    def all_arguments(self) -> Iterator[Argument]:
        """The arguments of the block and of all blocks in it, each once."""
        yield from self.arguments
        for block in self.blocks:
            if not block.repeated:
                yield from block.all_arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFile:
    """One file.

    Attributes:
        name: for messages.
        unreadable: why it could not be read, with the line in `line`; "" if it was.
    """

    name: str
    blocks: tuple[CodeBlock, ...] = ()
    unreadable: str = ""
    line: int = 1
    text: str = field(default="", repr=False)

    def line_at(self, position: int) -> int:
        """The line of a position in its text."""
        return self.text.count("\n", 0, position) + 1


def read_native(text: str, name: str) -> CodeFile:
    """A file in native syntax; an unreadable one has no blocks."""
    starts = _line_starts(text)
    try:
        return CodeFile(name=name, text=text, blocks=_Body(code_tokens.of_file(text), starts).read())
    except Unreadable as error:
        return CodeFile(name=name, text=text, unreadable=error.why, line=bisect_right(starts, error.position))


def read_values(text: str) -> tuple[Argument, ...]:
    """The arguments of a `.tfvars` file; none of one that cannot be read, or that repeats a name."""
    try:
        arguments, blocks = _Body(code_tokens.of_file(text), _line_starts(text)).values()
    except Unreadable:
        return ()
    is_plain = not blocks and len({argument.name for argument in arguments}) == len(arguments)
    return tuple(arguments) if is_plain else ()


def literal(tokens: Sequence[Token]) -> str | None:
    """The value of a plain string; None for any other expression."""
    if len(tokens) < 2 or tokens[0].text != '"' or tokens[0].kind != "open" or tokens[-1].kind != "close":
        return None
    if any(token.kind != "text" for token in tokens[1:-1]):
        return None
    return "".join(token.text for token in tokens[1:-1])


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]


@dataclass(slots=True)
class _Body:
    """A parse of native syntax."""

    tokens: list[Token]
    line_starts: list[int]
    index: int = 0

    def read(self) -> tuple[CodeBlock, ...]:
        arguments, blocks = self.values()
        if arguments:
            raise Unreadable("an argument outside of any block", self._position_of(arguments[0].line))
        return tuple(blocks)

    def values(self) -> tuple[list[Argument], list[CodeBlock]]:
        """The arguments of a file of values, and the blocks that it must not have."""
        items = self._items()
        if self.index < len(self.tokens):
            raise Unreadable("a bracket too many", self.tokens[self.index].position)
        return items

    def _position_of(self, line: int) -> int:
        return self.line_starts[line - 1]

    def _items(self) -> tuple[list[Argument], list[CodeBlock]]:
        arguments: list[Argument] = []
        blocks: list[CodeBlock] = []
        while self.index < len(self.tokens):
            token = self.tokens[self.index]
            if token.kind == "close":
                break
            if token.kind == "line":
                self.index += 1
            elif token.kind != "name":
                raise Unreadable("neither an argument nor a block", token.position)
            elif self._next().text == "=" and self._next().kind == "sign":
                arguments.append(self._argument(token))
            else:
                blocks.append(self._block(token))
        return arguments, blocks

    def _next(self) -> Token:
        if self.index + 1 >= len(self.tokens):
            raise Unreadable("it ends too early", self.tokens[-1].position)
        return self.tokens[self.index + 1]

    def _argument(self, name: Token) -> Argument:
        begin = self.index = self.index + 2
        depth = 0
        while self.index < len(self.tokens):
            kind = self.tokens[self.index].kind
            depth += (kind == "open") - (kind == "close")
            if depth < 0 or (depth == 0 and kind == "line"):
                break
            if depth == 0 and self.tokens[self.index].text == "=" and kind == "sign":
                raise Unreadable("two arguments on one line", self.tokens[self.index].position)
            self.index += 1
        expression = tuple(self.tokens[begin : self.index])
        if not expression:
            raise Unreadable(f"{name.text} has no value", name.position)
        return Argument(name=name.text, tokens=expression, line=self._line(name))

    def _block(self, kind: Token) -> CodeBlock:
        labels = []
        self.index += 1
        while (token := self._here()).text != "{" or token.kind != "open":
            labels.append(self._label(token))
        self.index += 1
        arguments, blocks = self._items()
        if self._here().text != "}":
            raise Unreadable("a block is not closed", kind.position)
        self.index += 1
        return CodeBlock(
            kind=kind.text,
            labels=tuple(labels),
            arguments=tuple(arguments),
            blocks=tuple(blocks),
            line=self._line(kind),
        )

    def _here(self) -> Token:
        if self.index >= len(self.tokens):
            raise Unreadable("it ends too early", self.tokens[-1].position)
        return self.tokens[self.index]

    def _label(self, token: Token) -> str:
        if token.kind == "name":
            self.index += 1
            return token.text
        if token.kind != "open" or token.text != '"':
            raise Unreadable("neither an argument nor a block", token.position)
        end = token_lists.matching(self.tokens, self.index)
        label = literal(self.tokens[self.index : end + 1])
        if label is None:
            raise Unreadable("a label that is not a plain string", token.position)
        self.index = end + 1
        return label

    def _line(self, token: Token) -> int:
        return bisect_right(self.line_starts, token.position)


# ---- JSON syntax -------------------------------------------------------------------------------------------------

# An object: its names and values, in order; a name may be repeated.
Pairs = tuple[tuple[str, Any], ...]


def read_json(document: Any, name: str, line_of: Callable[[str], int]) -> CodeFile:
    """A file in JSON syntax.

    Args:
        document: decoded; an object is a tuple of pairs.
        line_of: the line of a string.
    """
    reader = _Json(line_of)
    try:
        blocks = [
            block for kind, value in _pairs(document) if kind != "//" for block in reader.blocks(kind, value, _LABELS)
        ]
        return CodeFile(name=name, blocks=tuple(blocks))
    except Unreadable as error:
        return CodeFile(name=name, unreadable=error.why)


@dataclass(frozen=True, slots=True)
class _Json:
    """A reading of JSON syntax."""

    line_of: Callable[[str], int]

    def blocks(self, kind: str, value: Any, labels: Mapping[str, int]) -> Iterator[CodeBlock]:
        for names, body in _labelled(value, labels.get(kind, 0)):
            yield self._block(kind, names, body)

    def _block(self, kind: str, labels: tuple[str, ...], body: Any) -> CodeBlock:
        arguments, blocks = [], []
        for name, value in _pairs(body):
            if name == "//":
                continue
            line = _line_in(value, self.line_of)
            arguments.append(Argument(name=str(name), tokens=tuple(_tokens(value)), line=line))
            if _is_body(value):
                blocks += [replace(inner, repeated=True) for inner in self._inner(name, value, line)]
        return CodeBlock(
            kind=str(kind),
            labels=tuple(str(label) for label in labels),
            arguments=tuple(arguments),
            blocks=tuple(blocks),
            line=_line_in(body, self.line_of),
        )

    def _inner(self, name: str, value: Any, line: int) -> list[CodeBlock]:
        """The blocks that a value may be; only their kind, if it has another form."""
        try:
            return list(self.blocks(name, value, _INNER))
        except Unreadable:
            return [CodeBlock(kind=str(name), labels=(), arguments=(), blocks=(), line=line)]


def _line_in(value: Any, line_of: Callable[[str], int]) -> int:
    """The line of the first string in a value, but not of its names; 1 if there is none."""
    if isinstance(value, str):
        return line_of(value)
    parts = value if isinstance(value, list) else [inner for _, inner in value] if isinstance(value, tuple) else []
    return next((line for part in parts if (line := _line_in(part, line_of)) > 1), 1)


def _is_body(value: Any) -> bool:
    return isinstance(value, tuple) or (isinstance(value, list) and any(isinstance(part, tuple) for part in value))


def _pairs(value: Any) -> Pairs:
    """The entries of a body: an object, or a list of objects to be merged."""
    if isinstance(value, list):
        return tuple(pair for part in value for pair in _pairs(part))
    if value is None:
        return ()
    if not isinstance(value, tuple):
        raise Unreadable("a block must be an object, or a list of objects", 0)
    return value


def _labelled(value: Any, count: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The blocks of a value, each with its labels."""
    if count == 0:
        for body in value if isinstance(value, list) else [] if value is None else [value]:
            yield (), body
        return
    for label, inner in _pairs(value):
        for labels, body in _labelled(inner, count - 1):
            yield (label, *labels), body


def _tokens(value: Any) -> Iterator[Token]:
    """The tokens of a value, as native syntax would have them."""
    if isinstance(value, str):
        yield from code_tokens.of_template(value)
    elif isinstance(value, tuple):
        yield Token("open", "{", 0)
        for name, inner in value:
            yield from code_tokens.of_template(name)
            yield Token("sign", "=", 0)
            yield from _tokens(inner)
            yield Token("line", "\n", 0)
        yield Token("close", "}", 0)
    elif isinstance(value, list):
        yield Token("open", "[", 0)
        for inner in value:
            yield from _tokens(inner)
            yield Token("sign", ",", 0)
        yield Token("close", "]", 0)
    elif value is None or isinstance(value, bool):
        yield Token("name", {None: "null", True: "true", False: "false"}[value], 0)
    else:
        yield Token("number", str(value), 0)
