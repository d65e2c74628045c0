"""What large plans cost: CPU seconds and peak memory, against limits.

Each plan is made up here (creates only, as in a first roll-out) and read in a process of its own, the way `infragate
plan --json` does: the bytes of `terraform show`, the Plan, the document on stdout. The largest is also judged as `gate`
does it between its engines: read, checked, 5,000 Findings joined and decided, and the four report files made. Exit code 1
when a limit is missed.

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
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

SIZES = (5_000, 20_000, 50_000)
FINDINGS = 5_000
CPU_SECONDS, MEGABYTES = 10.0, 500.0
LINEARITY = 1.5  # CPU seconds a change of the largest plan over those of the middle one
BEYOND_LATIN = "주문"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one plan took.

    Attributes:
        wide: True if the plan has characters beyond Latin-1.
        judged: as `gate` does, instead of read as `plan` does.
    """

    creates: int
    wide: bool
    judged: bool
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
    arguments.add_argument("--judge", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.read:
        read_and_write(Path(given.read))
        return 0
    if given.judge:
        judge(Path(given.judge))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        costs = [measured(Path(folder), creates, wide) for creates in SIZES for wide in (False, True)]
        costs.append(measured(Path(folder), SIZES[-1], False, judged=True))
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


def judge(plan_json: Path) -> None:
    """The other path: what the gate does of its own, beside the engines, with as many Findings as a bad plan has."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.unit import gate_results

    from infragate.domain import plan as plan_reading
    from infragate.domain import plan_json as plan_json_reading
    from infragate.domain import sensitive_values
    from infragate.domain import verdict as verdicts
    from infragate.domain.gate import plan_check, same_complaint
    from infragate.report import comment, gate_view, html, junit, sarif

    document = plan_json_reading.parse(plan_json.read_bytes())
    list(sensitive_values.of_plan(document))
    plan = plan_reading.read(document)
    assert not plan_check.findings(document)
    voices = [replace(gate_results.OPEN_PORT, source=source, engines=()) for source in ("trivy", "tfsec")]
    said = [replace(voice, address=_address(number)) for number in range(FINDINGS) for voice in voices]
    joined = same_complaint.joined(said)
    verdicts.decide(joined)
    printer = gate_results.printer("not-in-the-plan")
    view = gate_view.view(replace(gate_results.result(*joined), plan=plan), printer)
    pages = (html.page(view), comment.markdown(view), junit.document(view))
    sys.stdout.write(f"{len(joined)} {sum(map(len, pages))} {len(printer.document_bytes(sarif.document(view)))}\n")


def measured(folder: Path, creates: int, wide: bool, *, judged: bool = False) -> Cost:
    """The cost of one plan, in a process that does nothing else."""
    plan_json, written = folder / "plan.json", folder / "document.json"
    plan_json.write_bytes(made_up(creates, BEYOND_LATIN if wide else "orders", whole=judged))
    with written.open("wb") as sink:
        mode = "--judge" if judged else "--read"
        child = subprocess.Popen([sys.executable, __file__, mode, str(plan_json)], stdout=sink)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit("the plan could not be read")
    return Cost(
        creates=creates,
        wide=wide,
        judged=judged,
        plan_megabytes=round(plan_json.stat().st_size / 1e6, 1),
        document_megabytes=round(written.stat().st_size / 1e6, 1),
        cpu_seconds=round(usage.ru_utime + usage.ru_stime, 2),
        peak_megabytes=round(_peak(usage), 1),
    )


def _peak(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def made_up(creates: int, word: str, *, whole: bool = False) -> bytes:
    """The JSON of a plan that creates so many alarms, about 780 bytes each, as Terraform writes it.

    Args:
        whole: with the parts that only the gate needs.
    """
    left = [{"address": _address(number), "mode": "managed"} for number in range(creates if whole else 0)]
    document = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": left} if left else {}},
        "configuration": {"root_module": {}},
        "resource_changes": [_create(number, word) for number in range(creates)],
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _address(number: int) -> str:
    return f"module.alarms.aws_cloudwatch_metric_alarm.cpu[{number}]"


def _create(number: int, word: str) -> dict[str, Any]:
    return {
        "address": _address(number),
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
    middle, largest = (
        next(cost for cost in costs if cost.creates == size and not cost.wide and not cost.judged) for size in SIZES[1:]
    )
    ratio = round((largest.cpu_seconds / largest.creates) / (middle.cpu_seconds / middle.creates), 2)
    print(json.dumps({"plans": [asdict(cost) for cost in costs], "linearity": ratio}, indent=2))
    missed = ratio > LINEARITY or any(cost.missed for cost in costs)
    limits = f"{CPU_SECONDS:.0f} s of CPU, {MEGABYTES:.0f} MB, linearity {LINEARITY}"
    print(f"limits: {limits}: {'missed' if missed else 'kept'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
