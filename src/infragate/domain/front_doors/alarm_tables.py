"""The tables of docs/alarms.md: every alarm of each Environment, from the module's code and the Environment's values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infragate.domain.errors import BadInput

PAGE = "docs/alarms.md"
MODULE = "modules/alarms"
_RUNBOOK = "../runbooks/alarms.md"
_COLUMNS = ("alarm", "what", "metric", "threshold", "minutes", "severity", "channel", "runbook")
_SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
_INPUT = re.compile(r"\$\{var\.thresholds\.(\w+)((?: \* \d+)*)\}")
_DEFAULT = re.compile(r"(\w+)\s*=\s*optional\(number, ([\d.]+)\)")
_GIB = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmModule:
    """The module's table of alarms, as its code writes it, and the defaults of its thresholds."""

    alarms: Mapping[str, Mapping[str, Any]]
    defaults: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmInputs:
    """What one Environment passes to the module; prefix: of the alarms' names."""

    environment: str
    prefix: str
    thresholds: Mapping[str, float]
    channels: Mapping[str, str]
    severities: Mapping[str, str]


def defaults(thresholds_type: str) -> dict[str, float]:
    """The defaults in the type of the module's input `thresholds`."""
    return {name: float(value) for name, value in _DEFAULT.findall(thresholds_type)}


def text(module: AlarmModule, environments: Iterable[AlarmInputs]) -> str:
    """A section with a table for each Environment.

    Raises:
        BadInput: a threshold is written in a form that is not known here, or has no value.
    """
    return "\n\n".join(f"### {inputs.environment}\n\n{_table(module, inputs)}" for inputs in environments)


def _table(module: AlarmModule, inputs: AlarmInputs) -> str:
    rows = [_COLUMNS, ("---",) * len(_COLUMNS)]
    rows += [_row(module, inputs, name) for name in sorted(module.alarms)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(module: AlarmModule, inputs: AlarmInputs, name: str) -> tuple[str, ...]:
    alarm = module.alarms[name]
    severity = inputs.severities.get(name, alarm["severity"])
    return (
        f"`{inputs.prefix}-{name}`",
        alarm["what"],
        f"{alarm['namespace']} {alarm['metric']}, {alarm['statistic']}",
        f"{_SIGNS[alarm['operator']]} {_number(_threshold(alarm['threshold'], {**module.defaults, **inputs.thresholds}))}",
        str(alarm["minutes"]),
        severity,
        inputs.channels[severity],
        f"[{name}]({_RUNBOOK}#{name})",
    )


def _threshold(expression: object, inputs: Mapping[str, float]) -> float:
    if isinstance(expression, int | float):
        return expression
    match = _INPUT.fullmatch(str(expression))
    if match is None or match[1] not in inputs:
        raise BadInput(
            f"cannot determine the threshold {expression}",
            where=MODULE,
            fix="write it as var.thresholds.NAME, times numbers, and give it a value",
        )
    value = float(inputs[match[1]])
    for factor in re.findall(r"\d+", match[2]):
        value *= int(factor)
    return value


def _number(value: float) -> str:
    return f"{value / _GIB:g} GiB" if value >= _GIB else f"{value:g}"
