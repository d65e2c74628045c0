"""Reads the JSON of a plan; from then on its sensitive values are hidden in all output."""

from __future__ import annotations

from typing import Any

from infragate.adapters.local import masking
from infragate.domain import plan as plan_reading
from infragate.domain import plan_json, sensitive_values
from infragate.domain.plan import Plan


def read(data: bytes) -> Plan:
    """The plan.

    Raises:
        ToolFailed: it cannot be trusted.
    """
    return read_whole(data)[0]


def read_whole(data: bytes) -> tuple[Plan, Any]:
    """The plan, and the document that it is read from; as `read`."""
    document = plan_json.parse(data)
    masking.learn(*sensitive_values.of_plan(document))
    return plan_reading.read(document), document
