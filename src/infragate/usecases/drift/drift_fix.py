"""`drift-fix`: a pull request that settles the drift of a Stack: apply again, and import what was added by hand.

It is made and planned in a draft, so the checkout is never touched. What was added by hand stays as it is unless the person
keeps it; nothing is removed here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.github import github_credentials
from infragate.adapters.local import clock, files
from infragate.domain.command import Command
from infragate.domain.drift import proposal
from infragate.domain.drift.addition import Adoption
from infragate.domain.drift.proposal import IMPORTED, RECORD, Offer
from infragate.domain.drift.report import DriftItem, StackDrift
from infragate.domain.errors import Locked
from infragate.domain.finding import Finding
from infragate.usecases import plan, proposed_branch
from infragate.usecases.drift import drift as drift_usecase
from infragate.usecases.drift.drift import DriftRequest
from infragate.usecases.modules import release_change
from infragate.usecases.plan import PlanResult
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class FixRequest:
    """What to settle.

    Attributes:
        stack: under the plan role.
        keep, everything, ask: as for `proposal.kept`.
        dry_run: make no branch.
        describe: returns title and body of the pull request; None opens none.
    """

    stack: Stack
    keep: tuple[str, ...] = ()
    everything: bool = False
    ask: Callable[[Offer], bool] = lambda _offer: False
    dry_run: bool = False
    describe: Callable[[FixResult], tuple[str, str]] | None = None

    @property
    def branch(self) -> str:
        """The branch that holds the proposal."""
        return f"drift-fix/{self.stack.environment.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixResult:
    """What is proposed.

    Attributes:
        kept: what becomes code; left: what was added and stays outside of the code.
        plan: what an apply of the proposal would do; None if there is nothing to propose.
        difference: the commit as a patch.
        merged: the same was proposed and merged, and waits for an apply.
        there_already: the branch of an earlier run has it.
        commit, branch: None if there is nothing to propose, it is refused, or this is a dry run.
        pull_request: its URL.
    """

    request: FixRequest
    drift: StackDrift
    kept: tuple[Offer, ...] = ()
    left: tuple[Offer, ...] = ()
    findings: tuple[Finding, ...] = ()
    plan: PlanResult | None = None
    difference: str = ""
    merged: bool = False
    there_already: bool = False
    commit: str | None = None
    branch: str | None = None
    pull_request: str | None = None

    @property
    def again(self) -> tuple[DriftItem, ...]:
        """What an apply of the present code settles."""
        return tuple(item for item in self.drift.counted if item.cause != "unowned")

    @property
    def adopted(self) -> tuple[Adoption, ...]:
        return proposal.adoptions(self.kept)

    @property
    def tagging(self) -> tuple[str, ...]:
        """The commands that a person runs before the apply, so that the apply role may manage what is imported."""
        return proposal.tagging(self.plan.plan, self.adopted) if self.plan else ()

    @property
    def digest(self) -> str:
        return proposal.digest(self.drift, self.adopted)


def run(request: FixRequest) -> FixResult:
    """Look at the drift, make the proposal and plan it; push it and open its pull request, if requested.

    Raises:
        BadInput: uncommitted changes, a name that was not added, no token, or a branch that somebody else changed.
        Locked: the state is locked. InfragateError: the drift is not known; the class depends on the cause.
    """
    stack = request.stack
    if request.describe is not None:
        github_credentials.read()  # before minutes of planning
    proposed_branch.refuse_checked_out(stack.root, request.branch)
    with release_change.draft(stack.root, f"drift-fix-{stack.environment.name}") as draft:
        drift = _look(stack)
        present = proposal.offers(drift)
        kept = proposal.kept(present, request.keep, everything=request.everything, ask=request.ask)
        left = tuple(offer for offer in present if offer not in kept)
        result = FixResult(request=request, drift=drift, kept=kept, left=left)
        if not result.again and not kept:
            return result
        return _open(_proposed(result, draft.folder))


def _look(stack: Stack) -> StackDrift:
    """The drift, which must be known as a whole."""
    (drift,) = drift_usecase.run(
        DriftRequest(root=stack.root, stacks=(stack,), shard=None, workers=1, say=stack.say)
    ).stacks
    if drift.error is not None:
        raise drift.error
    if drift.status == "skipped":
        raise Locked(drift.reason, where=drift.directory, fix=Command("drift", env=drift.environment))
    return drift


def _proposed(result: FixResult, place: Path) -> FixResult:
    """Write, plan and commit it in the draft; a branch of an earlier run that has the same stays."""
    request, folder = result.request, result.drift.directory
    root = request.stack.root
    record = files.content(files.unlinked(place, f"{folder}/{RECORD}"))
    present = record.decode() if record is not None else None
    if _waits_for_an_apply(result, present):
        return replace(result, merged=True)
    tip = proposed_branch.tip(root, request.branch, at_origin=request.describe is not None)
    earlier = git.file_at(root, tip, f"{folder}/{RECORD}") if tip else None
    added = proposal.days(earlier, result.digest)[len(proposal.days(present, result.digest)) :]
    if tip is not None and not added:
        proposed_branch.refuse_others_work(root, request.branch, tip)
    _write(result, place, present, day=added[0] if added else clock.now().date().isoformat())
    title = f"{result.drift.environment}: settle the drift"
    commit = git.commit_all(place, title, author=request.stack.session.actor.name)
    planned = plan.run(plan.PlanRequest(stack=replace(request.stack, root=place)))
    findings = tuple(proposal.refusals(planned.plan, result.adopted))
    result = replace(result, plan=planned, findings=findings, difference=git.difference(place, commit))
    if findings or request.dry_run:
        return result
    chosen = tip if tip is not None and added else commit
    git.set_branch(root, request.branch, chosen)
    return replace(result, commit=chosen, branch=request.branch, there_already=bool(added))


def _waits_for_an_apply(result: FixResult, present: str | None) -> bool:
    """True if the present code already has this proposal, and the code of the last apply did not."""
    drift = result.drift
    before = (
        git.file_at(result.request.stack.root, drift.applied_commit, f"{drift.directory}/{RECORD}")
        if drift.applied_commit
        else None
    )
    return len(proposal.days(present, result.digest)) > len(proposal.days(before, result.digest))


def _write(result: FixResult, place: Path, record: str | None, *, day: str) -> None:
    folder, adopted = place / result.drift.directory, result.adopted
    row = proposal.line(day, result.digest, applied=len(result.again), imported=len(adopted))
    files.write(folder / RECORD, proposal.recorded(record, result.drift.environment, row))
    if adopted:
        path = files.unlinked(place, f"{result.drift.directory}/{IMPORTED}")
        present = files.content(path)
        files.write(path, proposal.imported(present.decode() if present is not None else None, adopted))


def _open(result: FixResult) -> FixResult:
    """Push the branch and open its pull request, if requested; an open one is brought up to date."""
    request = result.request
    if result.branch is None or request.describe is None:
        return result
    title, body = request.describe(result)
    root, project = request.stack.root, request.stack.session.project
    base = git.current_branch(root)
    url = proposed_branch.propose(root, project, result.branch, base=base, title=title, body=body)
    return replace(result, pull_request=url)
