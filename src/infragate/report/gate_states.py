"""What each Finding of the gate means for its Verdict, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from infragate.domain.command import Advice, Command, advice

if TYPE_CHECKING:
    from infragate.domain.finding import Finding
    from infragate.usecases.gate.gate_result import GateResult

STATES = ("not run", "blocks", "needs approvals", "approved", "warning", "waived")  # the worst first
COUNTING = frozenset(STATES[:3])
EXCEPTIONS = "runbooks/policy-exception.md"


def states(result: GateResult) -> Iterator[tuple[Finding, str]]:
    """Each Finding with its state, in the order of STATES."""
    waived = {finding for finding, _ in result.waived}
    failed, counted = set(result.failures), set(result.verdict.findings)

    def state(finding: Finding) -> str:
        if finding in waived:
            return "waived"
        if finding in failed:
            return "not run"
        if finding in counted:
            return "needs approvals" if finding.approvals else "blocks"
        return "approved" if finding.severity >= result.rules.blocks and finding.approvals else "warning"

    judged = [(finding, state(finding)) for finding in result.findings]
    yield from sorted(judged, key=lambda pair: STATES.index(pair[1]))


def counts(result: GateResult) -> dict[str, int]:
    """How many Findings are in each state."""
    numbers = Counter(state for _, state in states(result))
    return {state: numbers[state] for state in STATES}


def next_steps(result: GateResult) -> list[Advice]:
    """What to do now, in order."""
    number = counts(result)
    steps: list[Advice] = []
    if not result.verdict.allows:
        steps += [
            advice(f"make {finding.id.rpartition('/')[2]} run: ", finding.fix or finding.message)
            for finding in result.failures
        ]
        without = [reason for reason in result.verdict.reasons if reason.endswith("no evidence that it ran")]
        if without and not result.failures:
            steps.append(f"make every required check run ({'; '.join(without)})")
        if number["blocks"]:
            steps.append(f"change what blocks ({number['blocks']}), or ask for an exception: {EXCEPTIONS}")
        if number["needs approvals"]:
            steps.append(_approvals(result))
    if result.policy.changed:
        steps.append("let the owners of the policy approve its change; it has no effect on this Verdict")
    if result.verdict.allows and result.bound:
        steps.append(Command("apply", env=result.environment))
    return steps


def _approvals(result: GateResult) -> str:
    needed = max(finding.approvals for finding in result.verdict.findings)
    given = result.approvals.names
    have = f"{len(given)} given: {', '.join(given)}" if given else "none is given"
    owners = "".join(
        f"; an owner of {missing.file} must be among them ({', '.join(missing.owners)})"
        for missing in result.approvals.missing_owners
    )
    return f"get {needed} approvals of this commit ({have}){owners}"
