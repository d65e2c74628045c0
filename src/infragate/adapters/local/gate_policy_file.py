"""Reads `policy/gate.yaml` from the trusted policy bundle, and checks it against its JSON Schema."""

from __future__ import annotations

import os
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from infragate.adapters.local import files, schemas, strict_yaml
from infragate.domain.gate import gate_policy
from infragate.domain.gate.gate_policy import FILE, GatePolicy

DEFAULT = "infragate's own gate.yaml"


def load(trusted: Path) -> GatePolicy:
    """The rules of the gate; those of infragate itself where the project has no file of its own.

    Args:
        trusted: the folder that holds `policy/`.

    Raises:
        BadInput: the file cannot be read, is not YAML or does not fit its schema; with file and line.
    """
    if not os.path.lexists(trusted / FILE):
        return gate_policy.gate_policy({}, _default(), file=DEFAULT)
    document, line_of = strict_yaml.read(files.unlinked(trusted, FILE), FILE)
    schemas.check(document, "gate", lambda keys: f"{FILE}:{line_of(keys)}")
    return gate_policy.gate_policy(document, _default(), file=FILE)


@cache
def _default() -> Any:
    import yaml

    return yaml.safe_load(resources.files("infragate").joinpath("schemas/gate.default.yaml").read_text("utf-8"))
