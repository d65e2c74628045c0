"""Reads `policy/code.yaml` from the trusted root, and checks it against its JSON Schema."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from infragate.adapters.local import files, schemas, strict_yaml, trust
from infragate.domain.errors import BadInput
from infragate.domain.gate import waivers
from infragate.domain.terraform import code_policy
from infragate.domain.terraform.code_policy import FILE, CodePolicy


def load(root: Path) -> CodePolicy:
    """The rules for code; those of infragate itself where the project has no file of its own.

    Raises:
        BadInput: the file cannot be read, is not YAML or does not fit its schema; with file and line.
    """
    trusted = trust.root(root)
    path = trusted / FILE
    name = FILE if trusted == root else str(path)
    if not os.path.lexists(path):
        return code_policy.policy({}, _default(), file=FILE)
    document, line_of = strict_yaml.read(files.unlinked(trusted, FILE), name)
    _refuse_waivers(document, lambda: f"{name}:{line_of(('waivers',))}")
    schemas.check(document, "code", lambda keys: f"{name}:{line_of(keys)}")
    return code_policy.policy(document, _default(), file=name)


def _refuse_waivers(document: Any, place: Callable[[], str]) -> None:
    if isinstance(document, dict) and "waivers" in document:
        message = f"waivers: the exceptions to all checks are in {waivers.FILE}"
        raise BadInput(message, where=place(), fix=f"move the entries into {waivers.FILE} ({waivers.PAGE})")


@cache
def _default() -> Any:
    import yaml

    return yaml.safe_load(resources.files("infragate").joinpath("schemas/code.default.yaml").read_text("utf-8"))
