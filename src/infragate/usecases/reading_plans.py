"""Reads the JSON of a plan; from then on its sensitive values are hidden in all output."""

from __future__ import annotations

from infragate.adapters.local import masking
from infragate.domain import plan as plan_reading
from infragate.domain import plan_json, sensitive_values
from infragate.domain.plan import Plan


def read(data: bytes) -> Plan:
    """The plan.

    Raises:
        ToolFailed: it cannot be trusted.
    """
    document = plan_json.parse(data)
    masking.learn(*sensitive_values.of_plan(document))
    return plan_reading.read(document)
