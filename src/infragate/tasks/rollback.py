"""`inv rollback` and `inv config-rollback`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

HELP = {
    "reason": "Why; goes into commit, pull request and record. Required where the Environment is protected.",
    "apply": "Apply it now and check that the Environment is healthy, instead of proposing it.",
    "open_pr": "Push the branch and open the pull request (needs GITHUB_TOKEN).",
    "abort": "Discard a rollback that was prepared but not applied, with its branch.",
}


@verb(
    name="rollback",
    help={
        **HELP,
        "to": "The release's tag (v0.6.1).",
        "module": "Only this module (its name, or the name of its call); default: every git module of the Stack.",
    },
    break_glass=True,
)
def rollback(
    run: Run,
    env: str,
    to: str = "",
    module: str = "",
    reason: str = "",
    apply: bool = False,
    open_pr: bool = False,
    abort: bool = False,
) -> Outcome:
    """Change an Environment's modules back to a release: as one commit on a new branch, or applied at once.

    Pins, module lock and inverse moves are changed and planned in a draft. A plan that would destroy or replace a
    stateful resource ends 8, and nothing is written. After an interruption, run it again, or undo it with --abort.
    Example: inv rollback --env prod --to v0.6.1 --reason "INC-42: 5xx since v0.7.0" --sandbox
    """
    if abort:
        return _abort(run, env)
    return _rollback(run, env, release=to, module=module, reason=reason, apply=apply, open_pr=open_pr)


@verb(
    name="config-rollback",
    help={**HELP, "to": "The revision of the tfvars (commit, branch or tag of this repository)."},
    break_glass=True,
)
def config_rollback(
    run: Run,
    env: str,
    to: str = "",
    reason: str = "",
    apply: bool = False,
    open_pr: bool = False,
    abort: bool = False,
) -> Outcome:
    """Change an Environment's values (its tfvars) back to a revision; code and modules do not change.

    Refuses a revision with variables that the code no longer has, and (8) a plan that would lose a stateful resource.
    Example: inv config-rollback --env dev --to HEAD~1 --sandbox
    """
    if abort:
        return _abort(run, env)
    return _rollback(run, env, revision=to, reason=reason, apply=apply, open_pr=open_pr)


def _abort(run: Run, env: str) -> Outcome:
    from infragate.tasks import arguments
    from infragate.usecases.rollback import rollback as usecase

    with arguments.stack(run, env, "plan") as stack:
        message = usecase.abort(stack)
    return Outcome(result={"aborted": message}, show=lambda printer: printer.line(message, "good"))


def _rollback(
    run: Run,
    env: str,
    *,
    release: str = "",
    revision: str = "",
    module: str = "",
    reason: str,
    apply: bool,
    open_pr: bool,
) -> Outcome:
    from infragate.domain.errors import BadInput
    from infragate.report import rollback as report
    from infragate.report.apply_progress import ApplyProgress
    from infragate.tasks import arguments
    from infragate.usecases.rollback import rollback as usecase

    if not (release or revision):
        raise BadInput(f"{run.verb}: --to is required", where="command line", fix="add --to, or --abort")
    with arguments.stack(run, env, "plan") as stack:
        result = usecase.run(
            usecase.RollbackRequest(
                stack=stack,
                release=release or None,
                revision=revision or None,
                module=module or None,
                reason=" ".join(reason.split()),
                apply=apply,
                watch=lambda reading: ApplyProgress(run.printer, reading.operations),
                describe=report.markdown if open_pr else None,
            )
        )
    return run.present(report, result, findings=result.findings, changes=result.commit is not None)
