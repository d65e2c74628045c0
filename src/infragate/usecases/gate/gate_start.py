"""What a judgement begins with, before there is a plan or a session: its rules, and engines that load meanwhile.

Nothing of AWS or Terraform is imported here: on a server the slowest engine starts half a second earlier for that.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters import policy_bundle
from infragate.adapters.local import files, own_folder
from infragate.adapters.scanners.engine import Engine
from infragate.domain.command import Say
from infragate.domain.environment import Environment
from infragate.domain.errors import InfragateError, Interrupted
from infragate.domain.gate import required_checks
from infragate.usecases.gate import engine_list, trusted_rules
from infragate.usecases.gate.engine_list import EngineRequest
from infragate.usecases.gate.trusted_rules import TrustedRules


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """What will be judged.

    Attributes:
        root: the checkout.
        environment: None for a plan of another repository.
        policy_ref: the revision that the policy is read from, instead of the base branch.
        code: the code is judged beside the plan.
    """

    root: Path
    environment: Environment | None
    say: Say
    policy_ref: str | None = None
    code: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GateStart:
    """The rules and the engines; `scratch` is the private folder of what they read and write."""

    trusted: TrustedRules
    scratch: Path
    engines: tuple[Engine, ...]


@contextmanager
def started(request: StartRequest) -> Iterator[GateStart]:
    """Read the rules and start the engines; what they have started ends with the block.

    Raises:
        BadInput: as `trusted_rules.read`. InfragateError: as `engine_list.prepared`.
    """
    trusted = trusted_rules.read(request.root, request.environment, ref=request.policy_ref)
    with scratch(request.root) as folder, engine_list.prepared(_engines(request, trusted, folder)) as engines:
        yield GateStart(trusted=trusted, scratch=folder, engines=engines)


@contextmanager
def early(request: StartRequest) -> Iterator[Callable[[], GateStart]]:
    """As `started`, but begun before the judgement: a failure is kept, and raised when the judgement calls for the result."""
    with ExitStack() as opened:
        failure: InfragateError | None = None
        try:
            start = opened.enter_context(started(request))
        except Interrupted:
            raise
        except InfragateError as failed:
            failure = failed

        def result() -> GateStart:
            if failure is not None:
                raise failure
            return start

        yield result


@contextmanager
def scratch(root: Path) -> Iterator[Path]:
    """A private folder for the copies that engines read, and for what they write."""
    above = files.private_folder(own_folder.of(root) / "gate")
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=above))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _engines(request: StartRequest, trusted: TrustedRules, folder: Path) -> EngineRequest:
    environment = request.environment
    return EngineRequest(
        checks=[check for check in trusted.rules.checks if request.code or check not in required_checks.ON_CODE],
        pins=trusted.pins,
        bundle=trusted.bundle.folder,
        scratch=folder,
        policy=trusted.policy,
        cost=trusted.rules.cost,
        facts={
            "environment": environment and environment.name,
            "protected": environment is None or policy_bundle.protects(trusted.bundle, environment),
            "settings": dict(trusted.policy.settings),
        },
        say=request.say,
    )
