"""`check`: judge the code of Stacks, and of the modules that they call; Terraform runs only to fetch modules."""

from __future__ import annotations

from dataclasses import dataclass

from infragate.adapters.modules import module_agreement
from infragate.domain.finding import Finding
from infragate.usecases import judge_configuration
from infragate.usecases.judge_configuration import JudgedCode, JudgeRequest
from infragate.usecases.modules import module_pins
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """Judge these Stacks.

    Attributes:
        fetch: fetch modules that no plan has fetched yet, and judge them too.
    """

    stacks: tuple[Stack, ...]
    fetch: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The Verdict over each Stack."""

    stacks: tuple[JudgedCode, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those that count against a Stack."""
        return tuple(finding for judged in self.stacks for finding in judged.verdict.findings)


def run(request: CheckRequest) -> CheckResult:
    """Judge the code; modules are fetched only for code that passed.

    Raises:
        BadInput: a file cannot be read. InfragateError: as `Terraform.get`.
    """
    return CheckResult(stacks=tuple(_judged(stack, fetch=request.fetch) for stack in request.stacks))


def _judged(stack: Stack, *, fetch: bool) -> JudgedCode:
    request = JudgeRequest(root=stack.root, environment=stack.environment)
    judged = judge_configuration.run(request)
    if not judged.verdict.allows or not judged.calls:
        return judged
    data = module_pins.at_hand(stack)
    if data is None and fetch:
        stack.say(f"terraform get in {stack.environment.directory}")
        module_pins.fetch(stack)
        data = module_pins.data_folder(stack)
        module_agreement.agreed_calls(data, stack.folder, root=stack.root)
    if data is None:
        return judged
    return judge_configuration.run(JudgeRequest(root=stack.root, environment=stack.environment, data_folder=data))
