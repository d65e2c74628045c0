"""`policy-test`: whether sets of Rego policies do what their authors think, without a Stack."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import files, gate_policy_file, own_folder
from infragate.adapters.scanners import policy_tests, rego_folder
from infragate.adapters.scanners.policy_tests import PolicyTests
from infragate.adapters.scanners.rego_folder import PolicyFolder
from infragate.domain.command import Say
from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding
from infragate.domain.gate import policy_source
from infragate.domain.gate.gate_policy import FILE, GatePolicy
from infragate.domain.gate.rule_record import SetRecord
from infragate.usecases import tools_install
from infragate.usecases.gate import gated_plan, policy_sets

NAME = "policy-test"
TIMEOUT = 300.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTestRequest:
    """Which policies.

    Attributes:
        policies: a folder with one set; None for the sets of the checkout's `policy/gate.yaml` that are folders of it.
        plans: files with the JSON of plans, over which the rules are counted.
    """

    root: Path
    say: Say
    policies: Path | None = None
    plans: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTestResult:
    """What is known of each set; `findings` are failed tests, and rules that do not refuse their known-bad input."""

    sets: tuple[SetRecord, ...]
    plans: tuple[Path, ...]
    findings: tuple[Finding, ...]


def run(request: PolicyTestRequest) -> PolicyTestResult:
    """Test each set.

    Raises:
        BadInput: there are no policies, they cannot be used as they are, or a plan cannot be read.
        ToolFailed: Conftest or OPA cannot be had, or failed.
    """
    policy = gate_policy_file.load(request.root)
    sets = _folder(request.policies) if request.policies is not None else _own(request, policy)
    plans = [gated_plan.of_file(path).data for path in request.plans]
    conftest, opa = tools_install.ensure(("conftest", policy_tests.OPA), request.root, say=request.say)
    data = {"environment": None, "protected": True, "settings": dict(policy.settings)}
    tests = PolicyTests(conftest=conftest, opa=opa, data=data, timeout=TIMEOUT)
    above = files.private_folder(own_folder.of(request.root) / "gate")
    with tempfile.TemporaryDirectory(prefix="policy-test-", dir=above) as scratch:
        copies = [Path(scratch) / f"plan-{number}.json" for number in range(len(plans))]
        for copy, plan in zip(copies, plans, strict=True):
            files.write(copy, plan, mode=0o600)
        tested = []
        for number, policies in enumerate(sets):
            request.say(f"testing the policies {policies.name}")
            tested.append(tests.run(policies, copies, files.private_folder(Path(scratch) / str(number))))
    findings = tuple(finding for entry in tested for finding in _findings(entry, request.root))
    return PolicyTestResult(sets=tuple(tested), plans=request.plans, findings=findings)


def _folder(folder: Path) -> Sequence[PolicyFolder]:
    """The set in a folder that the user names; its rules need no known-bad input, and those without one are shown."""
    policies = PolicyFolder(name=str(folder), folder=folder.resolve(), known_bad=False)
    rego_folder.read(policies)
    return (policies,)


def _own(request: PolicyTestRequest, policy: GatePolicy) -> Sequence[PolicyFolder]:
    sources = [policy_source.parse(entry.source, where=f"{FILE}, policies, {entry.name}") for entry in policy.policies]
    own = [entry for entry, source in zip(policy.policies, sources, strict=True) if not source.is_remote]
    if not own:
        raise BadInput("no set of policies is a folder of this checkout", where=FILE, fix="name one with --policies")
    return policy_sets.ready(own, request.root, pins=request.root, say=request.say)


def _findings(tested: SetRecord, root: Path) -> Iterator[Finding]:
    for failure in tested.failures:
        yield Finding(
            id="policy/test-failed",
            source=NAME,
            message=f"the test {failure.name} failed",
            file=_shown(failure.file, root),
            fix=f"correct the rule or the test: opa test --var-values --ignore='*.json' {tested.folder}",
        )
    for entry in tested.rules:
        if entry.silence and entry.bad:
            yield Finding(
                id="policy/not-refused",
                source=NAME,
                message=entry.silence,
                file=_shown(entry.bad, root),
                fix="correct the rule, or the input: the gate does not believe the set as it is",
            )


def _shown(path: Path, root: Path) -> str:
    real = root.resolve()
    return path.relative_to(real).as_posix() if path.is_relative_to(real) else str(path)
