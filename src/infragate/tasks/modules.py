"""`inv modules-lock` and `inv modules-verify`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    name="modules-lock",
    help={
        "check": "Write nothing; end 7 if a file does not match.",
        "accept_moved": "Accept tags that were moved since they were locked.",
        "policies": "Only policy/policies.lock; needs no Stack and no Terraform.",
    },
)
def modules_lock(run: Run, check: bool = False, accept_moved: bool = False, policies: bool = False) -> Outcome:
    """Write infra/modules.lock: commit and content digest of every git module that the Stacks pin.

    Write policy/policies.lock in the same way, for the sets of policies that policy/gate.yaml takes from elsewhere.
    Refuses branches, modules without a ref, and tags that were moved.
    Example: inv modules-lock --sandbox
    """
    from contextlib import ExitStack

    from infragate.report import modules_lock as report
    from infragate.tasks import arguments
    from infragate.usecases.modules import modules_lock as usecase

    say = run.printer.progress
    with ExitStack() as opened:
        stacks = None if policies else opened.enter_context(arguments.stacks(run, ""))
        result = usecase.run(
            usecase.ModulesLockRequest(root=run.root, stacks=stacks, say=say, check=check, accept_moved=accept_moved)
        )
    return run.present(report, result, changes=result.written or result.policies.written)


@verb(
    name="modules-verify",
    help={
        "env": "Only this Environment; default: all whose Stack is in the checkout.",
        "remote": "Also compare with the tags in the repositories.",
    },
)
def modules_verify(run: Run, env: str = "", remote: bool = False) -> Outcome:
    """Check the fetched modules of each Stack against infra/modules.lock: commit and content.

    A step of `plan`. By itself it works offline, on the modules fetched before.
    Example: inv modules-verify --remote --sandbox
    """
    from infragate.report import modules_verify as report
    from infragate.tasks import arguments
    from infragate.usecases.modules import modules_verify as usecase

    with arguments.stacks(run, env) as stacks:
        result = usecase.run(usecase.ModulesVerifyRequest(root=run.root, stacks=stacks, remote=remote))
    return run.present(report, result, findings=result.findings)
