"""What reading a large plan and writing its `--json` document costs: CPU seconds and peak memory, against limits.

Each plan is made up here (creates only, as in a first roll-out) and read in a process of its own, the way `infragate
plan --json` does: the bytes of `terraform show`, the Plan, the document on stdout. Exit code 1 when a limit is missed.

    .venv/bin/python benchmarks/large_plan.py
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SIZES = (5_000, 20_000, 50_000)
CPU_SECONDS, MEGABYTES = 10.0, 500.0
LINEARITY = 1.5  # CPU seconds a change of the largest plan over those of the middle one
BEYOND_LATIN = "주문"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one plan took.

    Attributes:
        wide: True if the plan has characters beyond Latin-1.
    """

    creates: int
    wide: bool
    plan_megabytes: float
    document_megabytes: float
    cpu_seconds: float
    peak_megabytes: float

    @property
    def missed(self) -> bool:
        """True if it is over a limit."""
        return self.cpu_seconds > CPU_SECONDS or self.peak_megabytes > MEGABYTES


def main() -> int:
    """Measure and print; the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--read", help=argparse.SUPPRESS)
    plan_json = arguments.parse_args().read
    if plan_json:
        read_and_write(Path(plan_json))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        costs = [measured(Path(folder), creates, wide) for creates in SIZES for wide in (False, True)]
    return report(costs)


def read_and_write(plan_json: Path) -> None:
    """The path under test: what `plan --json` does with the output of `terraform show`."""
    from infragate.adapters.local import clock
    from infragate.domain import plan as plan_reading
    from infragate.domain import plan_json as plan_json_reading
    from infragate.domain.redaction import Masker
    from infragate.report import document, plan_summary
    from infragate.report.printer import Printer

    plan = plan_reading.read(plan_json_reading.parse(plan_json.read_bytes()))
    result = document.record(
        verb="plan",
        environment="dev",
        status="changes",
        exit_code=0,
        started_at=clock.now(),
        seconds=0.0,
        result=plan_summary.document(plan),
    )
    Printer(mode="plain", colour=False, masker=Masker(["not-in-the-plan"]), quiet=True).document(result)


def measured(folder: Path, creates: int, wide: bool) -> Cost:
    """The cost of one plan, in a process that does nothing else."""
    plan_json, written = folder / "plan.json", folder / "document.json"
    plan_json.write_bytes(made_up(creates, BEYOND_LATIN if wide else "orders"))
    with written.open("wb") as sink:
        child = subprocess.Popen([sys.executable, __file__, "--read", str(plan_json)], stdout=sink)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit("the plan could not be read")
    return Cost(
        creates=creates,
        wide=wide,
        plan_megabytes=round(plan_json.stat().st_size / 1e6, 1),
        document_megabytes=round(written.stat().st_size / 1e6, 1),
        cpu_seconds=round(usage.ru_utime + usage.ru_stime, 2),
        peak_megabytes=round(_peak(usage), 1),
    )


def _peak(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def made_up(creates: int, word: str) -> bytes:
    """The JSON of a plan that creates so many alarms, about 780 bytes each, as Terraform writes it."""
    document = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": [_create(number, word) for number in range(creates)],
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _create(number: int, word: str) -> dict[str, Any]:
    return {
        "address": f"module.alarms.aws_cloudwatch_metric_alarm.cpu[{number}]",
        "module_address": "module.alarms",
        "mode": "managed",
        "type": "aws_cloudwatch_metric_alarm",
        "name": "cpu",
        "index": number,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": ["create"],
            "before": None,
            "after": {
                "alarm_name": f"{word}-cpu-{number}",
                "comparison_operator": "GreaterThanThreshold",
                "evaluation_periods": 3,
                "threshold": 80.5,
                "alarm_actions": [f"arn:aws:sns:ap-northeast-2:111111111111:{word}"],
                "dimensions": {"ClusterName": word, "ServiceName": f"{word}-{number}"},
                "tags": {"Service": word, "Number": str(number)},
            },
            "after_unknown": {"id": True, "arn": True, "alarm_actions": [False], "dimensions": {}, "tags": {}},
            "before_sensitive": False,
            "after_sensitive": {"alarm_actions": [False], "dimensions": {}, "tags": {}},
        },
    }


def report(costs: list[Cost]) -> int:
    """Print one JSON document; 1 when a limit is missed."""
    middle, largest = (next(cost for cost in costs if cost.creates == size and not cost.wide) for size in SIZES[1:])
    ratio = round((largest.cpu_seconds / largest.creates) / (middle.cpu_seconds / middle.creates), 2)
    print(json.dumps({"plans": [asdict(cost) for cost in costs], "linearity": ratio}, indent=2))
    missed = ratio > LINEARITY or any(cost.missed for cost in costs)
    limits = f"{CPU_SECONDS:.0f} s of CPU, {MEGABYTES:.0f} MB, linearity {LINEARITY}"
    print(f"limits: {limits}: {'missed' if missed else 'kept'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
