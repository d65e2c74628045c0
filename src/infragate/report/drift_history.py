"""The last runs of `drift` as bars: of each Stack, and of all together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from infragate.domain.drift import report_reading

BARS = 60  # runs of a chart
_TALLEST = 100  # of a bar
_UNKNOWN = ("error", "skipped")


class RunRow(TypedDict):
    """One run of one Stack; `height` of its bar in hundredths of the tallest."""

    at: str
    status: str
    differences: str
    causes: str
    commit: str
    seconds: str
    height: int


class Charts(TypedDict):
    """The runs of one Stack, the newest last."""

    runs: list[RunRow]
    most: int


class TrendBar(TypedDict):
    """All Stacks at one time; `unknown` of them could not be looked at last."""

    at: str
    differences: int
    unknown: int
    height: int


def charts(history: Sequence[Mapping[str, Any]]) -> Charts:
    """The last runs of a Stack."""
    last = history[-BARS:]
    most = max((_number(run) for run in last), default=0)
    return {"runs": [_row(run, most) for run in last], "most": most}


def _row(run: Mapping[str, Any], most: int) -> RunRow:
    known = run["status"] not in _UNKNOWN
    causes = (f"{number} {cause}" for cause, number in run["causes"].items())
    return {
        "at": f"{_time(run):%Y-%m-%d %H:%M}",
        "status": run["status"],
        "differences": str(_number(run)) if known else "not known",
        "causes": ", ".join(causes) if known else "",
        "commit": (run["commit"] or "")[:12],
        "seconds": f"{run['duration_seconds']:.1f}",
        "height": _height(_number(run), most),
    }


def trend(told: Sequence[Mapping[str, Any]]) -> list[TrendBar]:
    """The sum of all Stacks after each hour in which one was looked at; what is not known keeps its last number."""
    runs = [(_time(run), entry["environment"], run) for entry in told for run in entry["history"]]
    numbers: dict[str, int] = {}
    unknown: set[str] = set()
    sums: dict[str, tuple[int, int]] = {}
    for at, name, run in sorted(runs, key=lambda entry: entry[:2]):
        if run["status"] in _UNKNOWN:
            unknown.add(name)
        else:
            unknown.discard(name)
            numbers[name] = _number(run)
        sums[f"{at:%Y-%m-%d %H}:00"] = (sum(numbers.values()), len(unknown))
    last = list(sums.items())[-BARS:]
    most = max((number for _, (number, _) in last), default=0)
    return [
        {"at": at, "differences": number, "unknown": without, "height": _height(number, most)}
        for at, (number, without) in last
    ]


def _number(run: Mapping[str, Any]) -> int:
    return sum(run["causes"].values())


def _height(number: int, most: int) -> int:
    return round(number * _TALLEST / most) if most else 0


def _time(run: Mapping[str, Any]) -> datetime:
    return report_reading.instant(run["at"])
