"""The alarms that an Environment's Stack calls for, read from the module's code and the Environment's values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infragate.adapters.local import files
from infragate.adapters.terraform import hcl
from infragate.domain.environment import Environment, Project
from infragate.domain.errors import BadInput
from infragate.domain.front_doors import alarm_tables
from infragate.domain.front_doors.alarm_tables import MODULE, AlarmInputs, AlarmModule

_SOURCE = re.compile(r"(?:.*/)?modules/alarms(?:\?ref=.*)?")
_PASSED = ("thresholds", "slack_channels", "severities")
_VARIABLE = re.compile(r"var\.(\w+)")


def tables(root: Path, project: Project) -> str:
    """The tables of docs/alarms.md.

    Raises:
        BadInput: the code of the module or a Stack is written in a form that is not known here.
    """
    inputs = [values for environment in project.environments for values in _inputs(root, environment)]
    return alarm_tables.text(_module(root), inputs)


def _module(root: Path) -> AlarmModule:
    code = _document(root, f"{MODULE}/main.tf")
    alarms = next((block["alarms"] for block in code.get("locals", ()) if "alarms" in block), None)
    variables = _document(root, f"{MODULE}/variables.tf").get("variable", ())
    types = [str(block["thresholds"].get("type", "")) for block in variables if "thresholds" in block]
    if not isinstance(alarms, dict):
        fix = "write the alarms there as one object"
        raise BadInput("the local value alarms is not there", where=f"{MODULE}/main.tf", fix=fix)
    return AlarmModule(alarms=alarms, defaults=alarm_tables.defaults("".join(types)))


def _inputs(root: Path, environment: Environment) -> Iterator[AlarmInputs]:
    """One for each call of the module in the Environment's Stack."""
    folder = root / environment.directory
    if not folder.is_dir():
        return
    values = _document(root, f"{environment.directory}/{environment.var_file}")
    for file in hcl.read_folder(folder, relative_to=root):
        for block in file.blocks:
            source = block.attribute("source") if block.kind == "module" else None
            if source is None or source.literal is None or not _SOURCE.fullmatch(source.literal.value):
                continue
            passed = {name: _value(block.expression(name), values, file.path) for name in _PASSED}
            yield AlarmInputs(
                environment=environment.name,
                prefix=environment.prefix,
                thresholds=passed["thresholds"],
                channels=passed["slack_channels"],
                severities=passed["severities"],
            )


def _value(expression: str | None, values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The object that a Stack passes: one of its values, or written in place; {} if it passes none."""
    if expression is None:
        return {}
    variable = _VARIABLE.fullmatch(expression)
    value = values.get(variable[1]) if variable else hcl.document(f"x = {expression}\n".encode(), name=where)["x"]
    if not isinstance(value, dict):
        raise BadInput(f"cannot determine the value of {expression}", where=where, fix="set it in the tfvars file")
    return value


def _document(root: Path, name: str) -> dict[str, Any]:
    return hcl.document(files.content(files.unlinked(root, name), name=name) or b"", name=name)
