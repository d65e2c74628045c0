"""`inv bootstrap-backend`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Command
from infragate.tasks.verb import Outcome, Run, verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infragate.report.printer import Printer
    from infragate.usecases.bootstrap.bootstrap_backend import BootstrapResult, RootResult

SAID = {
    "unchanged": "nothing to do",
    "planned": "would change",
    "done": "done",
    "blocked": "differs from the standard: nothing was changed",
    "waiting": "left as it is until the differences are decided",
}
STYLES = {"unchanged": "good", "planned": "warn", "done": "good", "blocked": "bad", "waiting": "dim"}


@verb(
    name="bootstrap-backend",
    help={
        "env": "Beside the state account only this Environment's; all without it.",
        "plan": "Only show what would be created, adopted and changed.",
        "accept_differences": "Bring existing things that differ to the standard; encryption is never weakened.",
        "yes": "Do not ask before changing something.",
    },
)
def bootstrap_backend(
    run: Run, env: str = "", plan: bool = False, accept_differences: bool = False, yes: bool = False
) -> Outcome:
    """Make or adopt the state bucket, its key, the lock table and every account's roles. Safe to repeat.

    inv bootstrap-backend --plan              look: what would be created, adopted, changed
    inv bootstrap-backend                     do it; asks first (--yes where nobody can answer)
    inv bootstrap-backend --env dev           the state account and one Environment's account
    inv bootstrap-backend --plan --sandbox    try it without a cloud account

    What exists is adopted. Where it differs from the standard, the difference is listed, nothing is changed anywhere,
    and the run ends with 8; --accept-differences brings it to the standard, and encryption is never weakened.
    You need the role callers.bootstrap_role_name of infra/environments.yaml in every account that is concerned.
    Its own state goes into the bucket that it makes. More: docs/state-backend.md, docs/roles.md.
    """
    from infragate.adapters.local import settings
    from infragate.usecases import clouds
    from infragate.usecases.bootstrap import bootstrap_backend as usecase

    cloud = clouds.choose(run.root, run.project, sandbox=run.sandbox, say=run.printer.progress)
    done = usecase.run(
        usecase.BootstrapRequest(
            root=run.root,
            project=run.project,
            cloud=cloud,
            actor=settings.actor(),
            say=run.printer.progress,
            warn=run.printer.warning,
            confirm=lambda lines: yes or run.sandbox or _asked(run, lines),
            environment=env or None,
            plan_only=plan,
            accept_differences=accept_differences,
        )
    )
    blocked = done.blocked and not plan
    return Outcome(
        result=_document(done),
        show=lambda printer: _show(printer, done, plan=plan),
        status="blocked" if done.blocked else "changes" if done.changes else "ok",
        exit_code=8 if blocked else 0,
    )


def _asked(run: Run, lines: Sequence[str]) -> bool:
    """Ask the person at the terminal; where there is none, the answer is no."""
    import sys

    from infragate.adapters.local import settings

    if not settings.is_terminal("stdin"):
        return False
    for line in lines:
        run.printer.progress(line)
    run.printer.progress("go on? type yes")
    return sys.stdin.readline().strip() == "yes"


def _document(done: BootstrapResult) -> dict[str, Any]:
    return {
        "roots": [
            {
                "name": root.name,
                "account_id": root.account_id,
                "status": root.status,
                "state": root.state,
                "created": list(root.created),
                "adopted": list(root.adopted),
                "differences": [asdict(difference) for difference in root.differences],
                "headline": root.headline,
            }
            for root in done.roots
        ]
    }


def _show(printer: Printer, done: BootstrapResult, *, plan: bool) -> None:
    from infragate.report import differences

    for root in done.roots:
        _show_root(printer, root)
    if done.differences:
        differences.show(done.differences, printer)
    if done.blocked:
        _show_way_out(printer, done)
    elif not done.changes:
        printer.line("nothing to do: everything is as the standard has it", "good")
    elif plan:
        printer.line("nothing was changed; without --plan this is done", "good")


def _show_root(printer: Printer, root: RootResult) -> None:
    printer.line(f"{root.name} ({root.account_id}): {SAID[root.status]}", STYLES[root.status])
    for word, things in (("create", root.created), ("adopt", root.adopted)):
        if things and root.status == "planned":
            printer.table((word,), [(f"{word} {thing}",) for thing in things])
        elif things and root.status == "done":
            printer.line(f"  {word}: {len(things)} things")


def _show_way_out(printer: Printer, done: BootstrapResult) -> None:
    if any(one.refused for one in done.differences):
        printer.line("what is refused is never applied: change the thing, or the standard, by hand", "bad")
    else:
        printer.line(
            ("to bring them to the standard: ", Command("bootstrap-backend", ("--accept-differences",))), "warn"
        )
