"""Stands in for `infracost` on PATH: an ECS service costs 100 for each task, all else is free.

A shell script starts it: Python takes longer to start than most of what a test waits for, and the version is asked for often.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STARTER = """#!/bin/sh
case "$1" in --version) echo "Infracost v0.10.45";; *) exec "{python}" -IS "{program}" "$@";; esac
"""
SERVICE, PRICE = "aws_ecs_service", 100


def install(programs: Path) -> None:
    """Put the starter into a folder of PATH."""
    path = programs / "infracost"
    path.write_text(STARTER.format(python=sys.executable, program=__file__))
    path.chmod(0o755)


def resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (entry for entry in module.get("resources", ()) if entry["mode"] == "managed")
    for child in module.get("child_modules", ()):
        yield from resources(child)


def bills(module: dict[str, Any]) -> list[dict[str, Any]]:
    return [bill(entry) for entry in resources(module) if entry["type"] == SERVICE]


def bill(entry: dict[str, Any]) -> dict[str, Any]:
    tasks = entry["values"]["desired_count"]
    cost = str(tasks * PRICE)
    part = {"name": "Tasks", "unit": "tasks", "monthlyQuantity": str(tasks), "price": str(PRICE), "monthlyCost": cost}
    return {
        "name": entry["address"],
        "resourceType": entry["type"],
        "monthlyCost": cost,
        "costComponents": [{**part, "priceNotFound": tasks > 9}],
    }


def total(side: list[dict[str, Any]]) -> str:
    return str(sum(int(entry["monthlyCost"]) for entry in side))


def main(plan: dict[str, Any]) -> None:
    """Print the answer to a plan."""
    planned = plan["planned_values"]["root_module"]
    after, before = bills(planned), bills(plan.get("prior_state", {}).get("values", {}).get("root_module", {}))
    free = Counter(entry["type"] for entry in resources(planned) if entry["type"] != SERVICE)
    answer = {
        "version": "0.2",
        "currency": "USD",
        "totalMonthlyCost": total(after),
        "pastTotalMonthlyCost": total(before),
        "projects": [
            {
                "metadata": {"type": "terraform_plan_json"},
                "pastBreakdown": {"resources": before},
                "breakdown": {"resources": after},
            }
        ],
        "summary": {"totalDetectedResources": len(after) + sum(free.values()), "noPriceResourceCounts": free},
    }
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[sys.argv.index("--path") + 1]).read_text()))
