"""The release steps of a rehearsal: upgrade, roll back in one command, refuse a moved tag."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters import git, git_remote
from infragate.adapters.modules import module_calls
from infragate.domain.environment import Purpose
from infragate.domain.errors import Blocked, Integrity
from infragate.domain.finding import Finding, failing
from infragate.domain.modules import release_tag
from infragate.domain.stateful import is_stateful
from infragate.sandbox import module_repository
from infragate.usecases import plan
from infragate.usecases.apply import Watch
from infragate.usecases.modules import module_change
from infragate.usecases.modules.module_change import ModuleChangeRequest
from infragate.usecases.rollback import rollback
from infragate.usecases.rollback.rollback import RollbackRequest
from infragate.usecases.stack import Stack

OpenStack = Callable[[Purpose], AbstractContextManager[Stack]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """The Stack's release and the newest one, in a checkout that may be changed.

    Attributes:
        stack: opens the Stack for a purpose.
        repository: the sandbox's module repository.
        watch: as in ApplyRequest.
    """

    root: Path
    stack: OpenStack
    repository: Path
    older: str
    newer: str
    watch: Watch

    def forward(self) -> str:
        """Upgrade every pin and commit."""
        with self.stack("plan") as stack:
            done = module_change.run(
                ModuleChangeRequest(
                    root=self.root, stacks=(stack,), module=None, release=self.newer, direction="upgrade"
                )
            )
        judged = done.judged[0]
        _refuse(judged.findings)
        git.commit_all(self.root, f"modules to {self.newer}", author="rehearsal")
        moved = sum(change.moved_from is not None for change in judged.plan.plan.changes) if judged.plan else 0
        return f"{len(judged.pins)} pins from {self.older} to {self.newer}; {moved} addresses move"

    def back(self) -> str:
        """Roll back and apply in one command; data stores must be the same objects before and after."""
        before = self._data_stores()
        with self.stack("plan") as stack:
            done = rollback.run(
                RollbackRequest(
                    stack=stack,
                    release=self.older,
                    revision=None,
                    module=None,
                    reason="rehearsal",
                    apply=True,
                    watch=self.watch,
                )
            )
        _refuse(done.judged.findings)
        if failing(done.findings) or done.branch is None:
            raise Blocked(
                "the Stack is not healthy after the rollback", where=self.root.name, fix="see the steps before"
            )
        git.run(self.root, "merge", "--quiet", "--ff-only", done.branch)
        if self._data_stores() != before:
            raise Blocked("the rollback replaced a data store", where=self.root.name)
        back = ", ".join(f"{move.source} to {move.target}" for move in done.judged.moves)
        return f"back to {self.older} and healthy; {len(before)} data stores untouched; moved back: {back or 'nothing'}"

    def moved_tag(self) -> str:
        """A new checkout must refuse a release whose tag was moved; a new one has no fetched modules."""
        with self.stack("plan") as stack:
            fetched = stack.terraform_data / "modules"
        shutil.rmtree(fetched, ignore_errors=True)
        with module_repository.moved_tag(self.repository, self.older, to=self.newer), self.stack("plan") as stack:
            try:
                plan.run(plan.PlanRequest(stack=stack))
            except Integrity as refused:
                return refused.message
            finally:
                shutil.rmtree(fetched, ignore_errors=True)
        raise Blocked(f"the tag {self.older} was moved, and a plan did not refuse it", where=self.root.name)

    def _data_stores(self) -> list[tuple[str, str]]:
        with self.stack("plan") as stack:
            resources = stack.session.store().resources()
        return sorted((resource.type, resource.text("id")) for resource in resources if is_stateful(resource.type))


def of(root: Path, stack: OpenStack, repository: Path, *, watch: Watch) -> Releases:
    """Read the Stack's release and the newest one.

    Raises:
        Blocked: the Stack is at the newest release already. InfragateError: they cannot be read.
    """
    with stack("plan") as opened:
        calls = module_calls.read(opened.folder, relative_to=root)
        variables, where = opened.session.cloud.variables, opened.environment.directory
    tags = {call.source.tag for call in calls if call.source and call.source.kind == "git" and call.source.tag}
    older = release_tag.newest_first(tags)[0] if tags else None
    urls = {call.source.repository for call in calls if call.source and call.source.kind == "git"}
    published = {tag for url in urls for tag in git_remote.remote_tags(url, variables)}
    prefix = release.prefix if older and (release := release_tag.parse(older)) else ""
    newer = release_tag.newest_fitting(release_tag.LATEST, published, prefix)
    if older is None or newer is None or newer == older:
        raise Blocked(
            f"no release is newer than {older}" if older else "the Stack uses no module release",
            where=where,
            fix="pin an older release, or publish a newer one",
        )
    return Releases(root=root, stack=stack, repository=repository, older=older, newer=newer, watch=watch)


def _refuse(findings: tuple[Finding, ...]) -> None:
    if findings:
        raise Blocked(findings[0].message, where=findings[0].where, fix=findings[0].fix)
