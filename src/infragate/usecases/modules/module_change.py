"""`module-upgrade` and `module-downgrade`: change modules to another release, in one or all Environments.

`--dry-run` does the same, but does not write the files to the checkout.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infragate.adapters import git
from infragate.adapters.local import change_set
from infragate.domain.finding import Finding
from infragate.usecases.modules import release_change
from infragate.usecases.modules.pin_selection import PinRequest
from infragate.usecases.modules.release_change import Judged, ReleaseRequest
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleChangeRequest:
    """What to change.

    Attributes:
        stacks: one per Environment, under the plan role.
        module: None for all git modules.
        release: a tag, `latest`, or a version constraint.
    """

    root: Path
    stacks: tuple[Stack, ...]
    module: str | None
    release: str
    direction: Literal["upgrade", "downgrade"]
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleChangeResult:
    """The judged change of each Environment; `files` are the changed files, relative to the checkout."""

    judged: tuple[Judged, ...]
    files: tuple[str, ...]
    written: bool

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all Environments."""
        return tuple(finding for judged in self.judged for finding in judged.findings)


def run(request: ModuleChangeRequest) -> ModuleChangeResult:
    """Change, plan and judge every Environment in one draft; write the files if all of them are allowed."""
    with release_change.draft(request.root, f"module-{request.direction}") as draft:
        start = draft.start
        judged = tuple(_judge(request, stack, draft.folder) for stack in request.stacks)
        end = next((change.commit for change in reversed(judged) if change.commit is not None), start)
        changed = sorted(file.name for file in git.changed_files(draft.folder, start, end))
        write = bool(changed) and not request.dry_run and all(change.verdict.allows for change in judged)
        if write:
            release_change.refuse_changed_since(request.root, start)
            change_set.apply(request.root, start, end)
    return ModuleChangeResult(judged=judged, files=tuple(changed), written=write)


def _judge(request: ModuleChangeRequest, stack: Stack, place: Path) -> Judged:
    pins = PinRequest(release=request.release, module=request.module, direction=request.direction)
    what = request.module or "all modules"
    return release_change.judge(
        ReleaseRequest(stack=stack, pins=pins),
        place,
        f"{stack.environment.name}: {request.direction} {what} to {request.release}",
    )
