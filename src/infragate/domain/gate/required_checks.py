"""Which checks a plan must pass, and what it means that one of them could not run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from infragate.domain.finding import Evidence, Finding, Severity
from infragate.domain.gate import plan_check
from infragate.domain.gate.gate_policy import EnvironmentRules

ON_CODE = frozenset({"code", "tfsec", "trivy-code", "checkov-code"})  # checks that need the code
ON_VALUES = frozenset({"trivy-plan", "checkov-plan", "infracost"})  # checks of what the plan leaves
Requirement = Mapping[str, str]  # the checks of which one is enough, with the digest of their input


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgeable:
    """What there is to judge.

    Attributes:
        code: digest of the code; None for a plan without it.
        plan: digest of the plan.
        resources: how many managed resources the plan leaves.
        changes: True if the plan changes something.
    """

    code: str | None
    plan: str
    resources: int
    changes: bool

    def concerns(self, check: str) -> bool:
        """False for a check that has nothing to look at: no code beside the plan, or nothing left after it."""
        if check in ON_CODE:
            return self.code is not None
        return self.resources > 0 or check not in ON_VALUES

    def digest(self, check: str) -> str:
        """Of the input of a check."""
        return (self.code or "") if check in ON_CODE else self.plan


def requirements(rules: EnvironmentRules, judgeable: Judgeable) -> tuple[Requirement, ...]:
    """The requirements that this plan can meet."""
    groups = ([check for check in group if judgeable.concerns(check)] for group in rules.required)
    return tuple({check: judgeable.digest(check) for check in group} for group in groups if group)


def left_out(rules: EnvironmentRules, judgeable: Judgeable) -> tuple[str, ...]:
    """A sentence about the checks that are not required of this plan."""
    checks = sorted({check for group in rules.required for check in group if not judgeable.concerns(check)})
    why = "there is only a plan, and no code" if judgeable.code is None else "the plan leaves no resource"
    return (f"not required, since {why}: {', '.join(checks)}",) if checks else ()


def unjudged(rules: EnvironmentRules, required: Collection[Requirement], judgeable: Judgeable) -> tuple[Finding, ...]:
    """The Finding for a plan with changes that none of the required checks can judge: it must not pass as one without faults."""
    return (plan_check.unjudged(),) if rules.required and not required and judgeable.changes else ()


def weighed(failure: Finding, check: str, required: Collection[Requirement], evidence: Collection[Evidence]) -> Finding:
    """The failure of a check; a warning if another check of its group ran, or if it is not required."""
    ran = {proof.check for proof in evidence}
    is_needed = any(check in group and not ran & group.keys() for group in required)
    return failure if is_needed else replace(failure, severity=Severity.LOW)
