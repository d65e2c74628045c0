"""The reader of Terraform's configuration language, with byte positions (JSON syntax: hcl_json.py).

It never writes: to change a file, replace the bytes of a Span. All positions are in bytes, so line ends, byte order marks
and other characters stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infragate.adapters.local import files
from infragate.adapters.terraform import hcl_json
from infragate.domain import sensitive_values
from infragate.domain.errors import BadInput
from infragate.domain.terraform.hcl_syntax import KINDS, Attribute, Block, ConfigurationFile, Literal, Span

if TYPE_CHECKING:
    import tree_sitter

SUFFIXES = (".tf", ".tf.json")
_NAMED = re.compile(rb"\b(?:" + "|".join(KINDS).encode() + rb")\b")
# Numbers that the grammar does not know (1e5); digits are parsed in their place, which changes no position.
_EXPONENT = re.compile(rb"\b\d+(?:\.\d+)?[eE][+-]?\d+\b")
_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|(\$\$|%%)(?=\{)')
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def read_folder(folder: Path, *, relative_to: Path | None = None) -> tuple[ConfigurationFile, ...]:
    """The configuration files of a folder, sorted by name; like Terraform, without folders of such a name.

    Args:
        relative_to: base folder of the paths in messages; a link must not lead out of it.

    Raises:
        BadInput: the folder, or a file in it, cannot be read.
    """
    try:
        # Terraform also reads names that look like an editor's backup: `~a.tf`, `#a.tf`.
        names = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIXES) and path.name[0] != ".")
    except OSError as error:
        raise BadInput(f"cannot read the folder: {error.strerror}", where=str(folder), fix="check its name") from error
    return tuple(read(path, name=_name(path, relative_to)) for path in names if not path.is_dir())


def _name(path: Path, base: Path | None) -> str:
    if base is None or not path.is_relative_to(base):
        return str(path)
    name = path.relative_to(base).as_posix()
    if path.is_symlink() and not path.resolve().is_relative_to(base.resolve()):
        fix = "replace the link by the file: a plan is not bound to files outside the checkout"
        raise BadInput("the link leads out of the checkout", where=name, fix=fix)
    return name


def read(path: Path, *, name: str | None = None) -> ConfigurationFile:
    """Read one file.

    Raises:
        BadInput: it is not a regular file, cannot be read, or is not valid configuration.
    """
    shown = name or str(path)
    if not path.is_file():
        raise BadInput("not a regular file", where=shown, fix="replace the broken link, pipe or folder by a file")
    return parse(files.content(path, name=shown) or b"", name=shown)


def parse(content: bytes, *, name: str) -> ConfigurationFile:
    """Parse the bytes of a file.

    Raises:
        BadInput: not UTF-8, or not valid configuration; with the line.
    """
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput("not UTF-8 text", where=f"{name}:{line}", fix="save the file as UTF-8") from error
    if name.endswith(".json"):
        return hcl_json.parse(content, name=name)
    return _parsed(content, name)


@lru_cache(maxsize=256)  # a verb reads the files of a Stack and its modules several times
def _parsed(content: bytes, name: str) -> ConfigurationFile:
    return _Hcl(content, name).read()


def values(file: ConfigurationFile) -> tuple[str, ...]:
    """The names of the variables in a `.tfvars` or `.tfvars.json` file.

    Raises:
        BadInput: no names can be read from it.
    """
    names = None if file.path.endswith(".json") else _assigned(file.content)
    return tuple(document(file.content, name=file.path)) if names is None else names


def _assigned(content: bytes) -> tuple[str, ...] | None:
    """The names that a file gives values to; None if it is not plainly that, which `document` then judges."""
    root = _tree(content)
    inner = [node for node in _in_body(root) if node.type != "comment"]
    if root.has_error or not inner or any(node.type != "attribute" for node in inner):
        return None
    return tuple(dict.fromkeys(_written(content, node.children[0]) for node in inner))


def _in_body(outer: tree_sitter.Node) -> list[tree_sitter.Node]:
    """What a file or block holds."""
    body = next((node for node in outer.named_children if node.type == "body"), None)
    return body.named_children if body else []


def document(content: bytes, *, name: str) -> dict[str, Any]:
    """The values in a file: texts as they are, every other expression as `${...}`.

    Raises:
        BadInput: the file is not valid.
    """
    import hcl2  # takes 0.2 s: only where values are read
    from lark.exceptions import LarkError

    options = hcl2.SerializationOptions(with_comments=False, strip_string_quotes=True)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        if name.endswith(".json"):
            return dict(json.loads(text).items())
        return dict(hcl2.loads(text, serialization_options=options))
    except (LarkError, ValueError, AttributeError, RecursionError) as error:  # a JSON list has no items
        line = getattr(error, "lineno", None) or getattr(error, "line", 1)
        raise BadInput("not a valid file of values", where=f"{name}:{line}", fix="terraform validate") from error


def strings(content: bytes, *, name: str) -> dict[str, tuple[str, ...]]:
    """The texts in the value of each attribute of a file of values, as they are written; of a broken file some of them."""
    if name.endswith(".json"):
        try:
            return {key: tuple(sensitive_values.leaves(value)) for key, value in dict(json.loads(content)).items()}
        except (ValueError, TypeError, RecursionError):
            return {}
    return dict(_strings(content))


@lru_cache(maxsize=64)  # the same few texts are asked for again and again
def _strings(content: bytes) -> tuple[tuple[str, tuple[str, ...]], ...]:
    attributes = [node for node in _in_body(_tree(content)) if node.type == "attribute"]
    return tuple((_written(content, node.children[0]), tuple(_texts(content, node))) for node in attributes)


def _texts(content: bytes, node: tree_sitter.Node) -> Iterator[str]:
    return (_written(content, part) for part in _walk(node) if part.type == "template_literal")


def _written(content: bytes, node: tree_sitter.Node) -> str:
    return content[node.start_byte : node.end_byte].decode(errors="replace")


def references(file: ConfigurationFile) -> tuple[tuple[str, ...], ...]:
    """The references in all expressions, as their parts without indexes: ("module", "rds", "endpoint")."""
    if file.path.endswith(".json"):
        return tuple(_templates(json.loads(file.content.decode("utf-8-sig"), object_pairs_hook=_without_names)))
    return tuple(_traversals(file.content))


def comments(file: ConfigurationFile) -> tuple[Span, ...]:
    """The comments of a file, in order; JSON syntax has none."""
    if file.path.endswith(".json"):
        return ()
    return tuple(_span(node) for node in _walk(_tree(file.content)) if node.type == "comment")


def _tree(content: bytes) -> tree_sitter.Node:
    return _parser().parse(_EXPONENT.sub(lambda number: b"1" * len(number.group()), content)).root_node


@cache
def _parser() -> tree_sitter.Parser:
    import tree_sitter  # imported here: most verbs do not parse configuration
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


class _Hcl:
    """A parse of native syntax."""

    def __init__(self, content: bytes, name: str) -> None:
        self.content, self.name = content, name

    def read(self) -> ConfigurationFile:
        root = _tree(self.content)
        if root.has_error:
            self._refuse_damage(root)
        blocks = tuple(self._top(node) for node in _in_body(root) if node.type == "block")
        return ConfigurationFile(path=self.name, content=self.content, blocks=blocks)

    def _refuse_damage(self, root: tree_sitter.Node) -> None:
        """The grammar lacks rare parts of HCL: refuse a syntax error only if it may hide a block of KINDS."""
        for node in _walk(root):
            if node.is_missing or (node.is_error and self._may_hide(node)):
                raise BadInput(
                    "cannot read it as HCL",
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
        """A block; of other kinds than KINDS (most of a large file) only kind and labels."""
        if self._text(node.children[0]) in KINDS:
            return self._block(node)
        kind, labels = self._head(node)
        return Block(kind=kind, labels=labels, attributes=(), blocks=(), span=_span(node))

    def _head(self, node: tree_sitter.Node) -> tuple[str, tuple[str, ...]]:
        kind, *labels = [child for child in node.children if child.type in ("identifier", "string_lit")]
        return self._text(kind), tuple(self._label(label) for label in labels)

    def _block(self, node: tree_sitter.Node) -> Block:
        kind, labels = self._head(node)
        inner = _in_body(node)
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
                parts += [_text(content, inner) for inner in _walk(following) if inner.type == "identifier"]
            following = following.next_named_sibling
        yield tuple(parts)


def _without_names(pairs: Iterable[tuple[str, Any]]) -> list[Any]:
    return [value for _, value in pairs]


def _templates(value: Any) -> Iterator[tuple[str, ...]]:
    """The references in the templates of JSON strings."""
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


def _unescaped(match: re.Match[str]) -> str:
    simple, short, long, doubled = match.groups()
    if doubled:
        return str(doubled[0])
    return _SIMPLE[simple] if simple else chr(int(short or long, 16))
