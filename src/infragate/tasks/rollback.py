"""`inv rollback` and `inv config-rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Command
from infragate.tasks.verb import Outcome, Run, verb

if TYPE_CHECKING:
    from infragate.tasks.arguments import Printer
    from infragate.usecases.rollback.rollback import RollbackResult
    from infragate.usecases.smoke import SmokeResult

HELP = {
    "env": "Environment of infra/environments.yaml (dev, stg, prod).",
    "reason": "Why; goes into commit, pull request and record. Required where the Environment is protected.",
    "apply": "Apply it now and look whether the Environment is healthy, instead of proposing it.",
    "open_pr": "Push the branch and open the pull request (needs GITHUB_TOKEN).",
    "abort": "Forget a rollback that was prepared and not applied: its branch goes.",
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
    """Take an Environment's modules back to a release: one commit on a branch of its own, or applied at once.

    Pins, module lock and inverse moves change in a draft; it is planned and judged there. A plan that would destroy or
    replace something stateful ends 8, and nothing was written. Interrupted, it can be run again, or undone (--abort).
    Example: inv rollback --env prod --to v0.6.1 --reason "INC-42: 5xx since v0.7.0" --sandbox
    """
    if abort:
        return _abort(run, env)
    return _rollback(run, env, release=to, revision=None, module=module, reason=reason, apply=apply, open_pr=open_pr)


@verb(
    name="config-rollback",
    help={**HELP, "to": "The revision whose tfvars are meant (commit, branch or tag of this repository)."},
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
    """Take an Environment's values (its tfvars) back to a revision; code and modules stay as they are.

    Refuses a revision that gives variables which the code no longer has, and (8) a plan that would lose something
    stateful.
    Example: inv config-rollback --env dev --to HEAD~1 --sandbox
    """
    if abort:
        return _abort(run, env)
    return _rollback(run, env, release=None, revision=to, module="", reason=reason, apply=apply, open_pr=open_pr)


def _abort(run: Run, env: str) -> Outcome:
    from infragate.tasks import arguments
    from infragate.usecases.rollback import rollback as usecase

    said = usecase.abort(arguments.stack(run, env, "plan"))
    return Outcome(result={"aborted": said}, show=lambda printer: printer.line(said, "good"))


def _rollback(
    run: Run,
    env: str,
    *,
    release: str | None,
    revision: str | None,
    module: str,
    reason: str,
    apply: bool,
    open_pr: bool,
) -> Outcome:
    from infragate.domain.errors import BadInput
    from infragate.report import release_change
    from infragate.report.apply_progress import ApplyProgress
    from infragate.tasks import arguments
    from infragate.usecases.rollback import rollback as usecase

    if not (release or revision):
        raise BadInput(f"{run.verb}: --to is required", where="command line", fix="add --to, or --abort")
    reason = " ".join(reason.split())
    if open_pr:
        usecase.refuse_without_token()
    request = usecase.RollbackRequest(
        stack=arguments.stack(run, env, "plan"),
        apply_stack=arguments.stack(run, env, "apply") if apply else None,
        release=release or None,
        revision=revision or None,
        module=module or None,
        reason=reason,
        watch=lambda found: ApplyProgress(run.printer, found.operations),
    )
    done = usecase.run(request)
    plan = done.judged.plan
    title, body = release_change.pull_request(
        title=f"{env}: back to {done.target}{f' ({module})' if module else ''}",
        reason=reason,
        judged=done.judged,
        plan=plan.plan if plan else None,
        headline=plan.planned.headline if plan else None,
    )
    opened = usecase.propose(request.stack, done.branch, title, body) if open_pr and done.branch else None
    text = None if done.branch is None or apply else f"{title}\n\n{body}"
    return Outcome(
        result={**_document(done, request.stack.actor.name, reason), "pull_request": opened.url if opened else None},
        show=lambda printer: _show(env, done, text, opened.url if opened else None, printer),
        status="blocked" if done.exit_code else "changes" if done.commit else "ok",
        exit_code=done.exit_code,
    )


def _document(done: RollbackResult, actor: str, reason: str) -> dict[str, Any]:
    from infragate.report import release_change

    plan = done.judged.plan
    return {
        **release_change.document(done.judged, plan.plan if plan else None, plan.planned.headline if plan else None),
        "actor": actor,
        "reason": reason,
        "branch": done.branch,
        "commit": done.commit,
        "difference": done.difference,
        "applied": None
        if done.applied is None
        else {
            "headline": done.applied.applied.headline,
            "record": done.applied.record,
            "snapshot": done.applied.snapshot,
        },
        "healthy": done.health.healthy if done.health else None,
        "record": done.record,
    }


def _show(env: str, done: RollbackResult, text: str | None, opened: str | None, printer: Printer) -> None:
    from infragate.report import plan_summary, release_change

    plan = done.judged.plan
    headline = plan.planned.headline if plan else None
    release_change.show(
        done.judged, plan.plan if plan else None, headline, printer, changes=bool(plan and plan.planned.changes)
    )
    if plan is not None and done.applied is None:
        plan_summary.show_lock(plan.lock, printer)
    if done.applied is not None:
        printer.line(done.applied.applied.headline, "good")
    if done.health is not None:
        _show_health(env, done.health, printer)
    if done.commit is None:
        return
    printer.line(f"commit {done.commit[:12]} on branch {done.branch}", "good")
    if text is not None and opened is None:
        printer.heading("text of the pull request")
        printer.line(text)
    if opened is not None:
        printer.line(f"pull request: {opened}", "good")
    elif done.applied is not None:
        printer.progress(
            f"next: git push --force-with-lease origin {done.branch}, and merge it: main must say what is applied"
        )
    else:
        printer.progress(f"next: git push --force-with-lease origin {done.branch}, and open a pull request from it")


def _show_health(env: str, health: SmokeResult, printer: Printer) -> None:
    bad = [check for check in health.checks if check.status == "fail"]
    for check in bad:
        printer.line(f"{check.name} {check.subject}: {check.message}", "bad")
    if bad:
        printer.line(f"{env} is NOT healthy", "bad")
        printer.next((Command("smoke", ("--wait",), env=env), "; runbooks/rollback.md"))
    else:
        printer.line(f"{env} is healthy: {len(health.checks)} checks", "good")
