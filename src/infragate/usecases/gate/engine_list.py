"""The engines of an Environment's rules, ready to run: missing programs are installed, slow ones are started early."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infragate.adapters.scanners import checkov
from infragate.adapters.scanners.conftest import Conftest
from infragate.adapters.scanners.engine import Engine
from infragate.adapters.scanners.infracost import Infracost
from infragate.adapters.scanners.rego_folder import PolicyFolder
from infragate.adapters.scanners.tfsec import Tfsec
from infragate.adapters.scanners.trivy import TrivyCode, TrivyPlan
from infragate.adapters.tools import tool_store
from infragate.adapters.tools.tool_store import Located
from infragate.domain.command import Say
from infragate.domain.errors import InfragateError
from infragate.domain.gate.cost import CostRules
from infragate.domain.gate.gate_policy import GatePolicy
from infragate.usecases import tools_install
from infragate.usecases.gate import policy_sets

PROGRAMS = {
    "tfsec": "tfsec",
    "trivy-code": "trivy",
    "trivy-plan": "trivy",
    "checkov-code": "checkov",
    "checkov-plan": "checkov",
    "conftest": "conftest",
    "infracost": "infracost",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRequest:
    """Which engines.

    Attributes:
        checks: their names; `code` is not an engine's.
        pins: the folder whose `policy/tools/tools.lock` pins the programs.
        bundle: the folder of the policy bundle.
        scratch: that of the Subject.
        cost: the rules for it.
        facts: for the Rego policies, as `data.infragate`.
    """

    checks: Sequence[str]
    pins: Path
    bundle: Path
    scratch: Path
    policy: GatePolicy
    cost: CostRules
    say: Say
    facts: dict[str, Any] = field(default_factory=dict)


@contextmanager
def prepared(request: EngineRequest) -> Iterator[tuple[Engine, ...]]:
    """The engines; what they have started ends with the block.

    Raises:
        InfragateError: as `policy_sets.ready`.
    """
    installed = {program.name: program for program in install(request.checks, request.pins, say=request.say)}
    policies: tuple[PolicyFolder, ...] = ()
    with ExitStack() as opened:
        engines: dict[str, Engine] = {}
        if slow := tuple(check for check in request.checks if PROGRAMS.get(check) == "checkov"):
            severities = request.policy.severities
            started = checkov.prepared(
                request.pins, request.scratch, checks=slow, severities=severities, located=installed.get(checkov.NAME)
            )
            engines |= {engine.check: engine for engine in opened.enter_context(started)}
        if "conftest" in request.checks:
            policies = policy_sets.ready(request.policy.policies, request.bundle, pins=request.pins, say=request.say)

        def locate(name: str, pins: Path) -> Located:
            """The program that was located at the start; else raises the error that says why it was not."""
            return installed.get(name) or tool_store.program(name, pins)

        for engine in (
            Tfsec(locate=locate),
            TrivyCode(locate=locate),
            TrivyPlan(locate=locate),
            Conftest(policies=policies, data=request.facts, locate=locate),
            Infracost(rules=request.cost, locate=locate),
        ):
            engines[engine.check] = engine
        yield tuple(engines[check] for check in request.checks if check in engines)


def install(checks: Sequence[str], pins: Path, *, say: Say) -> tuple[Located, ...]:
    """The programs, installed if they are missing; an engine whose program cannot be had says so itself when it runs."""
    names = dict.fromkeys(PROGRAMS[check] for check in checks if check in PROGRAMS)

    def failed(name: str, error: InfragateError) -> None:
        say(f"{name} cannot be installed: {error.message}")

    return tools_install.ensure(tuple(names), pins, say=say, failed=failed)
