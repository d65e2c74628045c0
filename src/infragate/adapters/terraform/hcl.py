"""The only reader of Terraform's configuration language: tree-sitter for HCL, the standard library for JSON syntax.

It reads and never writes; who changes a file replaces the bytes of a Span. Files are taken as bytes, so that no line
end, byte order mark or odd character is touched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from json import scanner
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infragate.domain.errors import BadInput
from infragate.domain.terraform.hcl_syntax import Attribute, Block, ConfigurationFile, Literal, Span

if TYPE_CHECKING:
    import tree_sitter

SUFFIXES = (".tf", ".tf.json")
BOM = b"\xef\xbb\xbf"
# What is read of a file; damage anywhere else is Terraform's to judge.
KINDS = ("module", "variable", "output", "moved", "terraform")
_NAMED = re.compile(rb"\b(?:" + "|".join(KINDS).encode() + rb")\b")
# Numbers that the grammar does not know (1e5); digits in their place change no structure and no other byte's position.
_EXPONENT = re.compile(rb"\b\d+(?:\.\d+)?[eE][+-]?\d+\b")
_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|(\$\$|%%)(?=\{)')
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def read_folder(folder: Path, *, relative_to: Path | None = None) -> tuple[ConfigurationFile, ...]:
    """Every configuration file of a folder, by name.

    Raises:
        BadInput: no such folder, or a file that cannot be read.
    """
    try:
        # `~a.tf` and `#a.tf` look like an editor's leftovers, and Terraform reads them.
        names = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIXES) and path.name[0] != ".")
    except OSError as error:
        raise BadInput(f"cannot read the folder: {error.strerror}", where=str(folder), fix="check its name") from error
    return tuple(read(path, name=_name(path, relative_to)) for path in names)


def _name(path: Path, base: Path | None) -> str:
    return path.relative_to(base).as_posix() if base and path.is_relative_to(base) else str(path)


def read(path: Path, *, name: str | None = None) -> ConfigurationFile:
    """One file; links and what is no file are refused, as nobody could say what a change of them changes.

    Raises:
        BadInput: it cannot be read, or is not what Terraform would read.
    """
    shown = name or str(path)
    if path.is_symlink() or not path.is_file():
        raise BadInput("not a plain file", where=shown, fix="put a file there instead of a link, pipe or folder")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read it: {error.strerror}", where=shown, fix="check its rights") from error
    return parse(content, name=shown)


def parse(content: bytes, *, name: str) -> ConfigurationFile:
    """The configuration in these bytes.

    Raises:
        BadInput: with line: it is not UTF-8, or no such configuration.
    """
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput("it is not UTF-8 text", where=f"{name}:{line}", fix="save the file as UTF-8") from error
    if name.endswith(".json"):
        return _Json(content, name).read()
    return _Hcl(content, name).read()


def values(file: ConfigurationFile) -> tuple[str, ...]:
    """The names that a file of values (`.tfvars`, `.tfvars.json`) gives."""
    if file.path.endswith(".json"):
        return tuple(str(name) for name in _decoder().decode(file.content.decode("utf-8-sig")))
    body = next((node for node in _tree(file.content).named_children if node.type == "body"), None)
    found = [node for node in body.named_children if node.type == "attribute"] if body else []
    return tuple(_text(file.content, node.named_children[0]) for node in found)


def references(file: ConfigurationFile) -> tuple[tuple[str, ...], ...]:
    """The traversals in its expressions, each as its parts without indexes: ("module", "rds", "endpoint")."""
    if file.path.endswith(".json"):
        return tuple(_templates(_decoder().decode(file.content.decode("utf-8-sig"))))
    return tuple(_traversals(file.content))


def _tree(content: bytes) -> tree_sitter.Node:
    return _parser().parse(_EXPONENT.sub(lambda number: b"1" * len(number.group()), content)).root_node


@cache
def _parser() -> tree_sitter.Parser:
    import tree_sitter  # only where something is read: most runs of most verbs read none
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


class _Hcl:
    """One parse of native syntax."""

    def __init__(self, content: bytes, name: str) -> None:
        self.content, self.name = content, name

    def read(self) -> ConfigurationFile:
        root = _tree(self.content)
        if root.has_error:
            self._refuse_damage(root)
        body = next((node for node in root.named_children if node.type == "body"), None)
        blocks = tuple(self._top(node) for node in body.named_children if node.type == "block") if body else ()
        return ConfigurationFile(path=self.name, content=self.content, blocks=blocks)

    def _refuse_damage(self, root: tree_sitter.Node) -> None:
        """The grammar knows nearly all of HCL; what it does not matters only where a block of ours may be lost."""
        for node in _walk(root):
            if node.is_missing or (node.is_error and self._may_hide(node)):
                raise BadInput(
                    "it cannot be read as HCL",
                    where=f"{self.name}:{node.start_point.row + 1}",
                    fix="terraform validate",
                )

    def _may_hide(self, node: tree_sitter.Node) -> bool:
        if _NAMED.search(self.content, node.start_byte, node.end_byte):
            return True
        above = node.parent
        while above is not None:
            if above.type == "block" and self._text(above.children[0]) in KINDS:
                return True
            above = above.parent
        return node.end_byte == len(self.content.rstrip()) or b"{" in self.content[node.start_byte : node.end_byte]

    def _top(self, node: tree_sitter.Node) -> Block:
        """A block; of the kinds that nobody reads only what it is called, which is most of a large file."""
        if self._text(node.children[0]) in KINDS:
            return self._block(node)
        kind, labels = self._head(node)
        return Block(kind=kind, labels=labels, attributes=(), blocks=(), span=_span(node))

    def _head(self, node: tree_sitter.Node) -> tuple[str, tuple[str, ...]]:
        kind, *labels = [child for child in node.children if child.type in ("identifier", "string_lit")]
        return self._text(kind), tuple(self._label(label) for label in labels)

    def _block(self, node: tree_sitter.Node) -> Block:
        kind, labels = self._head(node)
        body = next((child for child in node.children if child.type == "body"), None)
        inner = body.named_children if body else []
        return Block(
            kind=kind,
            labels=labels,
            attributes=tuple(self._attribute(child) for child in inner if child.type == "attribute"),
            blocks=tuple(self._block(child) for child in inner if child.type == "block"),
            span=_span(node),
        )

    def _label(self, node: tree_sitter.Node) -> str:
        return self._literal(node).value if node.type == "string_lit" else self._text(node)

    def _attribute(self, node: tree_sitter.Node) -> Attribute:
        name, expression = node.named_children[0], node.named_children[-1]
        return Attribute(
            name=self._text(name),
            expression=self._text(expression),
            literal=self._string(expression),
            span=_span(node),
        )

    def _string(self, node: tree_sitter.Node) -> Literal | None:
        while node.type in ("expression", "literal_value") and node.named_child_count == 1:
            node = node.named_children[0]
        return self._literal(node) if node.type == "string_lit" else None

    def _literal(self, node: tree_sitter.Node) -> Literal:
        start, end = node.start_byte + 1, node.end_byte - 1
        raw = self.content[start:end].decode()
        value = _ESCAPE.sub(_unescaped, raw)
        return Literal(value=value, span=Span(start=start, end=end, line=node.start_point.row + 1), plain=value == raw)

    def _text(self, node: tree_sitter.Node) -> str:
        return _text(self.content, node)


def _text(content: bytes, node: tree_sitter.Node) -> str:
    return content[node.start_byte : node.end_byte].decode()


def _traversals(content: bytes) -> Iterator[tuple[str, ...]]:
    for node in _walk(_tree(content)):
        if node.type != "variable_expr":
            continue
        parts = [_text(content, node)]
        following = node.next_named_sibling
        while following is not None and following.type in ("get_attr", "index", "splat"):
            if following.type != "index":
                parts += [_text(content, found) for found in _walk(following) if found.type == "identifier"]
            following = following.next_named_sibling
        yield tuple(parts)


def _templates(value: Any) -> Iterator[tuple[str, ...]]:
    """JSON syntax holds expressions in its strings."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _templates(inner)
    elif isinstance(value, str) and "${" in value:
        yield from _traversals(f"x = {json.dumps(value, ensure_ascii=False)}\n".encode())


def _walk(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))


def _span(node: tree_sitter.Node) -> Span:
    return Span(start=node.start_byte, end=node.end_byte, line=node.start_point.row + 1)


def _unescaped(found: re.Match[str]) -> str:
    simple, short, long, doubled = found.groups()
    if doubled:
        return str(doubled[0])
    return _SIMPLE[simple] if simple else chr(int(short or long, 16))


class _Located(str):
    """A JSON string that knows its place: characters `start` to `end` between its quotes."""

    __slots__ = ("end", "start")
    start: int
    end: int


class _Json:
    """One parse of JSON syntax (https://developer.hashicorp.com/terraform/language/syntax/json)."""

    def __init__(self, content: bytes, name: str) -> None:
        self.content, self.name = content, name
        self.skipped = len(BOM) if content.startswith(BOM) else 0
        self.text = content[self.skipped :].decode()

    def read(self) -> ConfigurationFile:
        try:
            document = _decoder().decode(self.text)
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            raise BadInput(
                "it cannot be read as JSON", where=f"{self.name}:{line}", fix="terraform validate"
            ) from error
        if not isinstance(document, dict):
            raise BadInput("the top of the file is no object", where=f"{self.name}:1", fix="terraform validate")
        blocks: list[Block] = []
        for kind, body in document.items():
            if kind in KINDS:
                blocks += self._blocks(kind, body)
        return ConfigurationFile(path=self.name, content=self.content, blocks=tuple(blocks))

    def _blocks(self, kind: str, body: Any) -> Iterator[Block]:
        if isinstance(body, list):
            for one in body:
                yield from self._blocks(kind, one)
        elif isinstance(body, dict) and kind in ("module", "variable", "output"):
            for label, inner in body.items():
                for one in inner if isinstance(inner, list) else [inner]:
                    if isinstance(one, dict):
                        yield self._block(kind, (str(label),), one)
        elif isinstance(body, dict):
            yield self._block(kind, (), body)

    def _block(self, kind: str, labels: tuple[str, ...], body: dict[str, Any]) -> Block:
        attributes = tuple(self._attribute(name, value) for name, value in body.items())
        nested = tuple(
            self._block(name, (), one)
            for name, value in body.items()
            for one in (value if isinstance(value, list) else [value])
            if isinstance(one, dict) and kind == "terraform"
        )
        span = attributes[0].span if attributes else Span(start=0, end=0, line=1)
        return Block(kind=kind, labels=labels, attributes=attributes, blocks=nested, span=span)

    def _attribute(self, name: str, value: Any) -> Attribute:
        literal = (
            self._literal(value) if isinstance(value, _Located) and "${" not in value and "%{" not in value else None
        )
        span = literal.span if literal else Span(start=0, end=0, line=1)
        return Attribute(name=name, expression=json.dumps(value, ensure_ascii=False), literal=literal, span=span)

    def _literal(self, value: _Located) -> Literal:
        start, end = self._bytes(value.start), self._bytes(value.end)
        line = self.content.count(b"\n", 0, start) + 1
        raw = self.content[start:end].decode()
        return Literal(value=str(value), span=Span(start=start, end=end, line=line), plain=raw == value)

    def _bytes(self, characters: int) -> int:
        return self.skipped + len(self.text[:characters].encode())


@cache
def _decoder() -> json.JSONDecoder:
    """A decoder whose strings know where they stand."""
    decoder: Any = json.JSONDecoder()
    plain = decoder.parse_string

    def located(text: str, begin: int, strict: bool = True) -> tuple[str, int]:
        value, end = plain(text, begin, strict)
        made = _Located(value)
        made.start, made.end = begin, end - 1
        return made, end

    decoder.parse_string = located
    decoder.scan_once = scanner.py_make_scanner(decoder)  # type: ignore[attr-defined]
    return decoder  # type: ignore[no-any-return]
