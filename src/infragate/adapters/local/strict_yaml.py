"""Reads the YAML of our own files: no repeated keys, no aliases; an error names file and line."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import yaml

from infragate.adapters.local import files
from infragate.domain.errors import BadInput

LIMIT = 2**18  # bytes: the parser needs seconds for a few of these
_OURS = b"schema_version:"
LineOf = Callable[[tuple[str, ...]], int]


def read(path: Path, name: str) -> tuple[Any, LineOf]:
    """The document of a file, and the line of each of its keys.

    Args:
        name: of the file in messages.

    Raises:
        BadInput: it cannot be read, or is not YAML, or is too large.
    """
    data = files.content(path, limit=LIMIT, name=name)
    if data is None:
        raise BadInput("cannot read the file: it does not exist", where=name, fix="check its name")
    return parse(data, name)


def parse(data: bytes, name: str) -> tuple[Any, LineOf]:
    """As `read`, of bytes at hand.

    Raises:
        BadInput: they are not YAML, or too large.
    """
    if len(data) > LIMIT:
        raise BadInput(f"larger than {LIMIT >> 10} KiB", where=name, fix="check what wrote it")
    try:
        text = data.decode()
        tree, document = _parsed(text)
    except UnicodeDecodeError as error:
        raise BadInput("not UTF-8 text", where=name, fix="save the file as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = f": {error.problem}" if _OURS in data else ""  # it may quote a secret of a foreign file
        raise BadInput(f"not valid YAML{problem}", where=f"{name}:{line}", fix="correct that line") from error
    except (yaml.YAMLError, RecursionError, ValueError, LookupError, AttributeError) as error:  # `!!int x`, 2026-13-45
        raise BadInput("not valid YAML", where=name, fix="correct the file") from error
    return deepcopy(document), partial(_line, tree)


@lru_cache(maxsize=8)  # verbs that work on several checkouts read the same text again and again, 10 ms each time
def _parsed(text: str) -> tuple[Any, Any]:
    """The nodes with their lines, and the values; None for an empty file."""
    loader = _StrictLoader(text)
    tree = loader.get_single_node()
    return tree, None if tree is None else loader.construct_document(tree)


class _StrictLoader(yaml.SafeLoader):
    """Refuses repeated keys and aliases.

    PyYAML silently takes the last of two equal keys, but a second `dev:` must be an error. Ten lines of nested aliases
    expand to gigabytes when a message prints the value.
    """

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(
                None, None, "aliases (*name) are not supported: write the value out", mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is repeated", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _line(node: Any, path: tuple[str, ...]) -> int:
    """The line (from 1) of the deepest node on the path that exists."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            match = next(((key, value) for key, value in node.value if key.value == part), None)
            if match is None:
                return line
            line, node = match[0].start_mark.line + 1, match[1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
    return line
