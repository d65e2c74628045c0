"""`inv plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

if TYPE_CHECKING:
    from infragate.usecases.plan import PlanResult


@verb(
    help={
        "out": "Write the plan file here (with .json and .manifest.json beside it); default: the checkout's state folder.",
        "show": "Write the plan's JSON here as well (Atlantis: $SHOWFILE).",
        "detailed_exitcode": "End 2 if there are changes, 0 if not.",
        "expect_commit": "Refuse (7) unless the checkout is at this commit.",
        "target": "Only this address and what it depends on; may be repeated.",
        "refresh_only": "Only update the state to match the real resources.",
        "full": "Show every attribute of what is created and destroyed, and every computed value.",
        "destroy": "Plan to destroy everything in the Environment.",
        "strict": "End 3 if Terraform warns of anything (always so in an Environment with strict: true).",
    },
    iterable=("target",),
    break_glass=True,
)
def plan(
    run: Run,
    env: str,
    out: str = "",
    show: str = "",
    detailed_exitcode: bool = False,
    expect_commit: str = "",
    target: tuple[str, ...] = (),
    refresh_only: bool = False,
    destroy: bool = False,
    full: bool = False,
    strict: bool = False,
) -> Outcome:
    """Show what would be added, changed, replaced and lost in an Environment. Changes nothing.

    Writes a plan file for `inv apply`, bound by a Manifest to commit, files, account and state.
    Example: inv plan --env dev --sandbox
    """
    from pathlib import Path

    from infragate.domain.errors import BadInput
    from infragate.tasks import arguments
    from infragate.usecases import plan as usecase

    if refresh_only and destroy:
        raise BadInput("--refresh-only and --destroy exclude each other", where="command line", fix="give one of them")
    with arguments.stack(run, env, "plan") as stack:
        result = usecase.run(
            usecase.PlanRequest(
                stack=stack,
                mode="refresh-only" if refresh_only else "destroy" if destroy else "normal",
                targets=tuple(target),
                out=Path(out) if out else None,
                show=Path(show) if show else None,
                expect_commit=expect_commit or None,
                full=full,
                strict=strict,
            )
        )
    return outcome(run, result, detailed_exitcode=detailed_exitcode)


def outcome(run: Run, result: PlanResult, *, detailed_exitcode: bool = False) -> Outcome:
    """The outcome of a plan."""
    from infragate.domain.exit_codes import CHANGES
    from infragate.report import plan as report

    changes = result.planned.changes
    return run.present(report, result, changes=changes, exit_code=CHANGES if changes and detailed_exitcode else None)
