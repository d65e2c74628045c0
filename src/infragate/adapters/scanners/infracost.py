"""Infracost: what a plan costs per month.

Without a key for its makers' price service it asks ours, which answers from the price books of the trusted policy.
Only version 0.10 reads plan files; Infracost 2 is another program (policy/tools/tools.lock).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from infragate.adapters.local import clock, files, settings
from infragate.adapters.process import children
from infragate.adapters.process.outcome import checked
from infragate.adapters.process.wall import Wall
from infragate.adapters.scanners import engine_run, price_books
from infragate.adapters.scanners.engine import Scan
from infragate.adapters.scanners.engine_run import Locate
from infragate.adapters.scanners.subject import Subject
from infragate.adapters.tools import tool_store
from infragate.adapters.tools.tool_store import Located
from infragate.domain import plan_json
from infragate.domain.command import Command
from infragate.domain.errors import RemoteFailed, ToolFailed
from infragate.domain.finding import Evidence
from infragate.domain.gate import cost, infracost_answer, priced_plan
from infragate.domain.gate.cost import CostDelta, CostRules, ResourceCost, Unpriced
from infragate.domain.gate.infracost_answer import ReportedError
from infragate.domain.gate.priced_plan import PricedPlan

CHECK = PROGRAM = "infracost"
KEY, SUPPORTED = "INFRACOST_API_KEY", "0.10."
PUBLIC_SERVICE, PUBLIC_PORTS = "Infracost's price service", (443, 53)
LARGEST_OUTPUT = 64 * 2**20  # bytes; that of 12,000 resources has 13 MiB
LEAST_SECONDS, RESOURCES_A_SECOND = 30.0, 40  # measured: 4,600 resources in 5 s


@dataclass(frozen=True, slots=True, kw_only=True)
class CostScan(Scan):
    """What the rules say about the cost of a plan; `delta` is that cost."""

    delta: CostDelta


@dataclass(kw_only=True)
class Prices:
    """Where the prices of one run are from; all but the first two are known at its end.

    Attributes:
        variables: of Infracost's environment.
        ports: that it may connect to.
        oldest: the day of the oldest price that was used; None for those of today.
        unpriced: what the resources do not show: a region without a book.
    """

    variables: Mapping[str, str]
    ports: tuple[int, ...]
    source: str = PUBLIC_SERVICE
    oldest: date | None = None
    unpriced: tuple[Unpriced, ...] = ()
    datagrams: bool = field(default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Infracost:
    """Infracost as an engine of the gate, under the rules of an Environment."""

    rules: CostRules
    locate: Locate = tool_store.program
    check: str = CHECK
    program: str = PROGRAM

    def run(self, subject: Subject) -> CostScan:
        """As `run`."""
        return run(subject, self.rules, locate=self.locate)


def run(subject: Subject, rules: CostRules, *, locate: Locate = tool_store.program) -> CostScan:
    """What the plan of a Subject costs per month.

    Args:
        locate: finds the program.

    Raises:
        ToolFailed: Infracost is missing, too old or too new, failed, or its output cannot be trusted.
        RemoteFailed: the public price service failed.
        BadInput: a price book cannot be used.
    """
    begin = clock.monotonic()
    program = _supported(locate(PROGRAM, subject.pins))
    plan = _cut(subject.document)
    with _prices(subject.policy) as prices:
        answer = _answer(subject, program, plan, prices)
    resources, unpriced = _read(answer, plan, rules, prices)
    delta = CostDelta(
        currency=rules.currency,
        resources=resources,
        unpriced=tuple(sorted({*unpriced, *prices.unpriced})),
        source=prices.source,
        price_date=prices.oldest,
    )
    evidence = Evidence(
        check=CHECK,
        tool=PROGRAM,
        version=program.version,
        input_digest=subject.plan_digest,
        scanned=len(plan.seen) + plan.free,
        duration_seconds=clock.monotonic() - begin,
        result="complete",
    )
    return CostScan(delta=delta, findings=cost.findings(delta, rules, today=clock.now().date()), evidence=evidence)


def _supported(program: Located) -> Located:
    if not program.version.startswith(SUPPORTED):
        raise ToolFailed(
            f"infracost {program.version} is not supported: only {SUPPORTED}x reads plan files",
            where=str(program.path),
            fix=Command("tools-install"),
        )
    return program


def _read(
    answer: Any, plan: PricedPlan, rules: CostRules, prices: Prices
) -> tuple[tuple[ResourceCost, ...], tuple[Unpriced, ...]]:
    try:
        return infracost_answer.read(answer, plan, currency=rules.currency)
    except ReportedError as error:
        kind = RemoteFailed if prices.source == PUBLIC_SERVICE else ToolFailed
        raise kind(error.message, where=prices.source, fix=error.fix) from error


def _cut(document: Any) -> PricedPlan:
    try:
        return priced_plan.cut(document)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as broken:
        raise plan_json.untrusted(f"unexpected shape ({type(broken).__name__}: {broken})") from broken


@contextmanager
def _prices(policy: Path) -> Iterator[Prices]:
    """The prices for one run: of the public service if there is a key for it, else of the books."""
    if key := settings.read(KEY):
        yield Prices(variables={KEY: key}, ports=PUBLIC_PORTS, datagrams=True)
        return
    books = price_books.load(policy)
    with price_books.serving(books) as service:
        address = {KEY: "none", "INFRACOST_PRICING_API_ENDPOINT": service.url}
        prices = Prices(variables=address, ports=(service.port,))
        yield prices
    used = [*service.used.items()]
    computed = sum(row.computed for _, row in used)
    regions = sorted({region for (region, _), _ in used} & {book.region for book in books})
    prices.oldest = min((row.as_of for _, row in used), default=None)
    of_them = f"; {computed} of {len(used)} prices computed from others" if computed else ""
    prices.source = f"price book ({', '.join(regions) or 'no price used'}{of_them})"
    known = frozenset(book.region for book in books)
    prices.unpriced = infracost_answer.regions_without_prices(service.misses, known)


def _answer(subject: Subject, program: Located, plan: PricedPlan, prices: Prices) -> Any:
    """Infracost's answer about the reduced plan."""
    folder = files.private_folder(subject.scratch / CHECK)
    file, output = folder / "plan.json", folder / "cost.json"
    files.write(file, _encoded(plan.document), mode=0o600)
    argv = [str(program.path), "breakdown", "--path", str(file), "--format", "json"]
    seconds = min(subject.timeout, LEAST_SECONDS + len(plan.seen) / RESOURCES_A_SECOND)
    wall = Wall(readable=(program.path, file), ports=prices.ports, datagrams=prices.datagrams)
    with children.started(argv, env=_environment(folder, prices), wall=wall, output=output, cwd=folder) as started:
        ended = started.wait(timeout=seconds, limit=LARGEST_OUTPUT, stop=subject.stop)
    try:
        checked(ended, None, (0,))
    except ToolFailed as failed:
        raise failed.amended(fix=infracost_answer.PAGE) from failed
    text = output.read_bytes()
    if not text.startswith(b"{"):
        raise infracost_answer.untrusted("it is empty" if not text.strip() else "it is not a JSON object")
    try:
        return engine_run.strict(text)
    except (ValueError, RecursionError) as broken:
        raise infracost_answer.untrusted("it is not JSON, or ends in the middle") from broken


def _environment(folder: Path, prices: Prices) -> dict[str, str]:
    """None of our variables: Infracost would use one called CURRENCY, and then price everything at 0."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "INFRACOST_SKIP_UPDATE_CHECK": "true",
        "INFRACOST_PRICING_CACHE_DISABLED": "true",
        "INFRACOST_ENABLE_CLOUD": "false",
        "INFRACOST_NO_COLOR": "true",
        "INFRACOST_DISABLE_ENVFILE": "true",
        **prices.variables,
    }


def _encoded(document: Any) -> bytes:
    try:
        return orjson.dumps(document, default=_digits)
    except TypeError:  # an integer of more than 64 bits
        return json.dumps(document, default=str).encode()


def _digits(value: Any) -> Any:
    return orjson.Fragment(f"{value:f}") if isinstance(value, Decimal) else str(value)
