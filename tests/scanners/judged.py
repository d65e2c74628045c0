"""What the real engines say of a Subject."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from infragate.adapters.scanners import checkov
from infragate.adapters.scanners.conftest import Conftest
from infragate.adapters.scanners.engine import Engine, Scan
from infragate.adapters.scanners.subject import Subject
from infragate.adapters.scanners.tfsec import Tfsec
from infragate.adapters.scanners.trivy import TrivyCode, TrivyPlan
from infragate.domain.finding import Finding, Severity

SEVERITIES: Mapping[str, Severity] = {}


def by_all(subject: Subject) -> dict[str, Scan]:
    """Every engine, side by side, by the name of its check."""
    with checkov.prepared(subject.pins, subject.scratch, severities=SEVERITIES) as both:
        engines: list[Engine] = [Tfsec(), TrivyCode(), TrivyPlan(), Conftest(), *both]
        with ThreadPoolExecutor(len(engines)) as pool:
            return dict(
                zip((engine.check for engine in engines), pool.map(lambda e: e.run(subject), engines), strict=True)
            )


def by_checkov(subject: Subject, check: str) -> Scan:
    """One check of checkov."""
    with checkov.prepared(subject.pins, subject.scratch, checks=(check,), severities=SEVERITIES) as engines:
        return engines[0].run(subject)


def ids(scan: Scan) -> set[str]:
    return {finding.id for finding in scan.findings}


def places(findings: tuple[Finding, ...], identity: str) -> set[tuple[str | None, str]]:
    """Address and place of the Findings with an id."""
    return {(finding.address, finding.where) for finding in findings if finding.id == identity}
