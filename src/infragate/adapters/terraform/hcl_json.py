"""Terraform's configuration in JSON syntax, with the byte positions of all strings."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from json import scanner
from typing import Any

from infragate.domain.errors import BadInput
from infragate.domain.finding import place
from infragate.domain.terraform import code_blocks
from infragate.domain.terraform.code_blocks import CodeFile
from infragate.domain.terraform.hcl_syntax import KINDS, Attribute, Block, ConfigurationFile, Literal, Span

BOM = b"\xef\xbb\xbf"


class _Located(str):
    """A JSON string with its position: characters `start` to `end`, without the quotes."""

    __slots__ = ("end", "start")
    start: int
    end: int


# A JSON object; a name may be repeated, and Terraform merges the values.
_Pairs = tuple[tuple[str, Any], ...]


def parse(content: bytes, *, name: str) -> ConfigurationFile:
    """Parse UTF-8 bytes.

    Raises:
        BadInput: not valid configuration.
    """
    return _Json(content, name).read()


def read_all(content: bytes, name: str) -> CodeFile:
    """The blocks of UTF-8 bytes with all their arguments; an unreadable file has none."""
    reader = _Json(content, name)
    if reader.skipped:
        return CodeFile(name=name, unreadable="JSON syntax with a byte order mark")
    try:
        return code_blocks.read_json(reader.document(), name, reader.line_of)
    except BadInput as error:
        return CodeFile(name=name, unreadable=error.message, line=place(error.where or "")[1] or 1)


class _Json:
    """A parse of JSON syntax (https://developer.hashicorp.com/terraform/language/syntax/json)."""

    def __init__(self, content: bytes, name: str) -> None:
        self.content, self.name = content, name
        self.skipped = len(BOM) if content.startswith(BOM) else 0
        self.text = content[self.skipped :].decode()
        # Byte position = character position + the bytes beyond one of each character before it.
        self.wide = [match.start() for match in re.finditer(r"[^\x00-\x7f]", self.text)]
        self.extra = [0, *accumulate(len(self.text[index].encode()) - 1 for index in self.wide)]
        self.line_ends = [match.start() for match in re.finditer("\n", self.text)]

    def document(self) -> Any:
        """The decoded text: strings as `_Located`, objects as `_Pairs`.

        Raises:
            BadInput: it is not JSON.
        """
        try:
            return _decoder().decode(self.text)
        except (ValueError, RecursionError) as error:
            where = f"{self.name}:{getattr(error, 'lineno', 1)}"
            raise BadInput("cannot read it as JSON", where=where, fix="terraform validate") from error

    def line_of(self, text: str) -> int:
        """The line of a string of the document."""
        return bisect_right(self.line_ends, text.start) + 1 if isinstance(text, _Located) else 1

    def read(self) -> ConfigurationFile:
        document = self.document()
        blocks = [block for kind, body in self._body(document) if kind in KINDS for block in self._blocks(kind, body)]
        return ConfigurationFile(path=self.name, content=self.content, blocks=tuple(blocks))

    def _body(self, value: Any) -> _Pairs:
        """The entries of a body, which is an object or a list of objects to be merged."""
        if isinstance(value, list) and all(isinstance(part, tuple) for part in value):
            return tuple(pair for part in value for pair in part)
        if not isinstance(value, tuple | None):
            raise self._refused("a block must be an object, or a list of objects")
        return value or ()

    def _blocks(self, kind: str, body: Any) -> Iterator[Block]:
        if kind not in ("module", "variable", "output"):
            yield from (self._block(kind, (), instance) for instance in _instances(body))
            return
        for label, inner in self._body(body):
            yield from (self._block(kind, (label,), instance) for instance in _instances(inner))

    def _block(self, kind: str, labels: tuple[str, ...], value: Any) -> Block:
        body = [(name, inner) for name, inner in self._body(value) if name != "//"]  # a comment
        names = [name for name, inner in body if not isinstance(inner, tuple | list)]
        if len(set(names)) < len(names):
            raise self._refused(f"{' '.join([kind, *labels])} sets a name twice")
        nested = [
            self._block(name, (), instance)
            for name, inner in body
            for instance in _instances(inner)
            if kind == "terraform" and isinstance(instance, tuple)
        ]
        attributes = tuple(self._attribute(name, inner) for name, inner in body)
        span = attributes[0].span if attributes else Span(start=0, end=0, line=1)
        return Block(kind=kind, labels=labels, attributes=attributes, blocks=tuple(nested), span=span)

    def _refused(self, why: str) -> BadInput:
        return BadInput(why, where=self.name, fix="terraform validate")

    def _attribute(self, name: str, value: Any) -> Attribute:
        is_literal = isinstance(value, _Located) and "${" not in value and "%{" not in value
        literal = self._literal(value) if is_literal else None
        span = literal.span if literal else Span(start=0, end=0, line=1)
        expression = json.dumps(_plain(value), ensure_ascii=False)
        return Attribute(name=name, expression=expression, literal=literal, span=span)

    def _literal(self, value: _Located) -> Literal:
        start, end = self._byte(value.start), self._byte(value.end)
        line = self.line_of(value)
        is_plain = self.content[start:end] == value.encode()
        return Literal(value=str(value), span=Span(start=start, end=end, line=line), plain=is_plain)

    def _byte(self, character: int) -> int:
        return self.skipped + character + self.extra[bisect_left(self.wide, character)]


def _instances(value: Any) -> list[Any]:
    """The blocks of a value: none for null, one for each item of a list, else one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return {name: _plain(inner) for name, inner in value}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


@cache
def _decoder() -> json.JSONDecoder:
    """A decoder that returns strings as `_Located` and objects as `_Pairs`."""
    decoder: Any = json.JSONDecoder(object_pairs_hook=tuple)
    plain = decoder.parse_string

    def located(text: str, begin: int, strict: bool = True) -> tuple[str, int]:
        value, end = plain(text, begin, strict)
        value.encode()  # ValueError for half of a surrogate pair, which is no text
        string = _Located(value)
        string.start, string.end = begin, end - 1
        return string, end

    decoder.parse_string = located
    decoder.scan_once = scanner.py_make_scanner(decoder)  # type: ignore[attr-defined]
    return decoder  # type: ignore[no-any-return]
