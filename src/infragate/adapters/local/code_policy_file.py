"""Reads `policy/code.yaml` from the trusted root, and checks it against its JSON Schema."""

from __future__ import annotations

import os
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from infragate.adapters.local import files, schemas, strict_yaml, trust
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
    _dates_as_text(document)
    schemas.check(document, "code", lambda keys: f"{name}:{line_of(keys)}")
    return code_policy.policy(document, _default(), file=name)


def _dates_as_text(document: Any) -> None:
    """YAML reads a day without quotes as a date."""
    waivers = document.get("waivers") if isinstance(document, dict) else None
    for waiver in waivers if isinstance(waivers, list) else ():
        if isinstance(waiver, dict) and isinstance(waiver.get("expires"), date):
            waiver["expires"] = waiver["expires"].isoformat()


@cache
def _default() -> Any:
    import yaml

    return yaml.safe_load(resources.files("infragate").joinpath("schemas/code.default.yaml").read_text("utf-8"))
