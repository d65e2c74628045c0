"""Finds and reads `infra/environments.yaml`, and checks it against its JSON Schema; errors name the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infragate.adapters.local import files, schemas, settings, strict_yaml, trust
from infragate.adapters.local.strict_yaml import LineOf
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
    return _read(trusted, file=str(RELATIVE if trusted == root else trusted / RELATIVE))


def of_checkout(root: Path) -> Project:
    """The settings as the checkout itself has them: for what is rendered from them. They decide nothing.

    Raises:
        BadInput: as `load`.
    """
    return _read(root, file=str(RELATIVE))


def of_text(text: str, *, file: str) -> Project:
    """The settings of a text, as a commit has it.

    Raises:
        BadInput: as `load`.
    """
    return _checked(*strict_yaml.parse(text.encode(), file), file=file)


def _read(root: Path, *, file: str) -> Project:
    return _checked(*strict_yaml.read(files.unlinked(root, RELATIVE), file), file=file)


def _checked(document: Any, line_of: LineOf, *, file: str) -> Project:
    schemas.check(document, "environments", lambda keys: f"{file}:{line_of(keys)}")
    return project(document, file=file)
