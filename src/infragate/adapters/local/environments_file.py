"""Finds and reads `infra/environments.yaml`, and checks it against its JSON Schema; errors name the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from infragate.adapters.local import schemas, settings, trust
from infragate.domain.environment import Project, project
from infragate.domain.errors import BadInput

RELATIVE = Path("infra") / "environments.yaml"


def find_root(start: Path | None = None) -> Path:
    """The checkout: INFRAGATE_ROOT, else the nearest folder upwards that holds `infra/environments.yaml`."""
    if configured := settings.read("INFRAGATE_ROOT"):
        root = Path(configured).resolve()
        if (root / RELATIVE).is_file():
            return root
        raise BadInput(
            f"INFRAGATE_ROOT is not a checkout: it has no {RELATIVE}",
            where=f"INFRAGATE_ROOT={configured}",
            fix="unset INFRAGATE_ROOT, or set it to your checkout",
        )
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / RELATIVE).is_file():
            return folder
    raise BadInput(
        f"no {RELATIVE} in this folder or above it",
        where=str(start),
        fix="change into your checkout, or set INFRAGATE_ROOT",
    )


def load(root: Path) -> Project:
    """The settings of the project, read from its trusted root.

    Raises:
        BadInput: the file cannot be read, is not YAML or does not fit its schema; with file and line.
    """
    trusted = trust.root(root)
    path = trusted / RELATIVE
    file = str(RELATIVE if trusted == root else path)
    try:
        text = path.read_text(encoding="utf-8")
        tree, document = _parsed(text)
    except UnicodeDecodeError as error:
        raise BadInput("not UTF-8 text", where=file, fix="save the file as UTF-8") from error
    except OSError as error:
        raise BadInput(
            f"cannot read the file: {error.strerror}", where=file, fix="check the file's permissions"
        ) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"not valid YAML: {error.problem}", where=f"{file}:{line}", fix="correct that line") from error
    except (yaml.YAMLError, RecursionError, ValueError, LookupError, AttributeError) as error:  # `!!int x`, 2026-13-45
        raise BadInput("not valid YAML", where=file, fix="correct the file") from error
    schemas.check(document, "environments", lambda path: f"{file}:{_line(tree, path)}")
    return project(document, file=file)


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
