"""Plans and answers of Infracost, small and by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

PROVIDER = {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "ap-northeast-2"}}}}


def planned(address: str, **values: Any) -> dict[str, Any]:
    """A resource of `planned_values` or `prior_state`."""
    kind, _, name = address.rpartition(".")
    mode = "data" if "data." in kind else "managed"
    return {
        "address": address,
        "mode": mode,
        "type": kind.split(".")[-1],
        "name": name.partition("[")[0],
        "values": values,
    }


def plan(
    *resources: Mapping[str, Any],
    prior: Iterable[Mapping[str, Any]] = (),
    code: Iterable[Mapping[str, Any]] = (),
    unknown: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A plan document over one module.

    Args:
        code: resources of the configuration.
        unknown: address -> after_unknown.
    """
    entries = {entry["address"]: entry for entry in [*resources, *prior] if entry["mode"] == "managed"}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": list(resources)}},
        "prior_state": {"values": {"root_module": {"resources": list(prior)}}},
        "resource_changes": [
            {
                "address": address,
                "type": entry["type"],
                "change": {"actions": ["update"], "after_unknown": (unknown or {}).get(address, {})},
            }
            for address, entry in entries.items()
        ],
        "configuration": {"provider_config": PROVIDER, "root_module": {"resources": list(code)}},
        **more,
    }


def component(name: str, quantity: str | None, cost: str | None, **more: Any) -> dict[str, Any]:
    """A cost component as Infracost writes it."""
    return {
        "name": name,
        "unit": "hours",
        "monthlyQuantity": quantity,
        "price": "1",
        "monthlyCost": cost,
        "priceNotFound": False,
        **more,
    }


def billed(address: str, *components: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A resource of a breakdown."""
    costs = [Decimal(part["monthlyCost"]) for part in components if part["monthlyCost"] is not None]
    return {
        "name": address,
        "resourceType": address.split(".")[-2],
        "monthlyCost": str(sum(costs, Decimal(0))) if costs else None,
        "costComponents": list(components),
        **more,
    }


def answer(
    *after: Mapping[str, Any],
    before: Iterable[Mapping[str, Any]] = (),
    free: Iterable[str] = (),
    unsupported: Iterable[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """What Infracost prints; `free` and `unsupported` are the types of resources without a bill."""
    before, free, unsupported = tuple(before), Counter(free), Counter(unsupported)
    return {
        "version": "0.2",
        "currency": "USD",
        "totalMonthlyCost": _total(after),
        "pastTotalMonthlyCost": _total(before),
        "projects": [
            {
                "metadata": {"type": "terraform_plan_json"},
                "pastBreakdown": {"resources": list(before)},
                "breakdown": {"resources": list(after)},
            }
        ],
        "summary": {
            "totalDetectedResources": len(after) + free.total() + unsupported.total(),
            "noPriceResourceCounts": dict(free),
            "unsupportedResourceCounts": dict(unsupported),
        },
        **more,
    }


def _total(bills: Iterable[Mapping[str, Any]]) -> str:
    return str(sum((Decimal(bill["monthlyCost"] or 0) for bill in bills), Decimal(0)))
