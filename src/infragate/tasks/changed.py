"""`inv changed`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

if TYPE_CHECKING:
    from infragate.usecases.changed import ChangedResult


@verb(
    help={
        "base": "The revision that the change is to be merged into, for example origin/main.",
        "github_output": "Also write environments, modules and everything to the file in GITHUB_OUTPUT.",
    },
    sandbox=False,
)
def changed(run: Run, base: str, github_output: bool = False) -> Outcome:
    """Which Environments and modules the commits of this checkout touch, and why: code, modules, pins, policy, settings.

    Compares with the commit at which they left the base. If the clone does not have it, that is an error (3).
    Example: inv changed --base origin/main
    """
    from infragate.report import changed as report
    from infragate.usecases import changed as usecase

    result = usecase.run(usecase.ChangedRequest(root=run.root, base=base))
    if github_output:
        _write_outputs(result)
    return run.present(report, result)


def _write_outputs(result: ChangedResult) -> None:
    from pathlib import Path

    from infragate.adapters.local import files, settings
    from infragate.domain.errors import BadInput
    from infragate.report import changed as report

    place = settings.read("GITHUB_OUTPUT")
    if place is None:
        raise BadInput("GITHUB_OUTPUT is not set", where="environment", fix="leave --github-output out")
    files.append(Path(place), report.outputs(result))
