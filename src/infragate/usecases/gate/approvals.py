"""Who approved the commit that is judged: reviews on GitHub, or a file that says the same (docs/policy-exceptions.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from infragate.adapters import git, git_merge, policy_bundle
from infragate.adapters.github import github_credentials, reviews
from infragate.adapters.github.reviews import Proposed
from infragate.adapters.local import approvals_file, codeowners_file, files
from infragate.adapters.policy_bundle import PolicyBundle
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.gate import approvals
from infragate.domain.gate.approvals import NONE, Approvals
from infragate.usecases.gate import approved_commit
from infragate.usecases.gate.approved_commit import ApprovedCommit


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalsRequest:
    """Where to look for approvals.

    Attributes:
        root: the checkout that is judged.
        file: of `--approvals`; None for GitHub's reviews.
        pull_request: its number; None for the one that was merged as the checkout's commit.
        policy_ref: as of the gate; CODEOWNERS is read there, since a change must not choose its own owners.
        ignoring: the end of the names of files that the caller leaves in the checkout; git must not track them.
    """

    root: Path
    project: Project
    file: Path | None
    pull_request: str | None
    policy_ref: str | None = None
    ignoring: str | None = None

    @property
    def bundle(self) -> PolicyBundle:
        return policy_bundle.bundle(self.root, ref=self.policy_ref)


def read(request: ApprovalsRequest) -> Approvals:
    """The approvals of the checkout's commit; NONE if there is no file, and no pull request or no access to GitHub.

    Raises:
        BadInput: the file, CODEOWNERS or the pull request cannot be used.
        Integrity: they are for something else than the checkout's commit, or it has uncommitted changes.
        RemoteFailed: GitHub cannot be asked; that is never an approval. ToolFailed: git is too old to compare.
    """
    if request.file is not None:
        return _written(request, request.file)
    if not github_credentials.are_set():
        return NONE
    github = request.project.github
    repository = f"{github.owner}/{github.repository}"
    number = _merged(request.root, repository) if request.pull_request is None else int(request.pull_request)
    if number is None:
        return NONE
    _refuse_changes(request)
    return reviews.count(
        repository,
        number,
        accept=lambda proposed: _refuse_other(request.root, proposed),
        owners_of=_owners(request),
    )


def _merged(root: Path, repository: str) -> int | None:
    """The pull request that was merged as the checkout's commit; None if that commit is not on the base branch."""
    base, head = policy_bundle.base_branch(root), git.head_commit(root)
    if base is None or head is None or not git_merge.contains(root, f"refs/remotes/{base}", head):
        return None
    return reviews.merged_as(repository, head)


def _refuse_other(root: Path, proposed: Proposed) -> None:
    """Refuse other code than the approved one, and a base branch that must not judge: perhaps only its author has read it."""
    policy_bundle.refuse_base(root, proposed.base)
    approved_commit.refuse_other(
        root,
        ApprovedCommit(
            commit=proposed.head,
            subject=f"the head of pull request {proposed.number} is",
            base=proposed.base,
            commits=proposed.commits,
            fetch=f"git fetch origin pull/{proposed.number}/head",
        ),
    )


def _written(request: ApprovalsRequest, file: Path) -> Approvals:
    change, people, lists_files = approvals_file.load(file)
    _refuse_tracked(file)
    _refuse_changes(request)
    approved_commit.refuse_other(request.root, ApprovedCommit(commit=change.commit, subject=f"{file} is about"))
    owners = _owners(request)
    if owners is None:
        return approvals.count(change, people, lambda _file: ())
    if not lists_files:
        change = replace(change, files=_changed(request, file))
    return approvals.count(change, people, owners)


def _owners(request: ApprovalsRequest) -> Callable[[str], tuple[str, ...]] | None:
    bundle = request.bundle
    if bundle.commit is None:
        return codeowners_file.owners_of(lambda name: files.read(files.unlinked(bundle.folder, name)))
    commit, present = bundle.commit, git.present(request.root, bundle.commit, codeowners_file.PLACES)
    return codeowners_file.owners_of(lambda name: git.file_at(request.root, commit, name) if name in present else None)


def _changed(request: ApprovalsRequest, file: Path) -> tuple[str, ...]:
    """The files that differ from the base."""
    base = request.bundle.commit
    if base is None:
        message = "cannot tell which files change, and CODEOWNERS asks for the approval of their owners"
        raise BadInput(message, where=str(file), fix="list them in it, as `files`")
    return tuple(changed.name for changed in git.changed_files(request.root, base, "HEAD"))


def _refuse_tracked(file: Path) -> None:
    """A change must not bring its own approvals, neither in the checkout nor in a submodule or a draft of it."""
    path = file.resolve()
    if git.tracks(path.parent, path.name):
        where, fix = str(file), "write the file where no pull request can, outside of the checkout"
        raise BadInput("git tracks the file of approvals: the change could have written it", where=where, fix=fix)


def _refuse_changes(request: ApprovalsRequest) -> None:
    root, ending = request.root, request.ignoring
    if names := [
        name for name in git.uncommitted(root) if ending is None or not name.endswith(ending) or git.tracks(root, name)
    ]:
        raise Integrity(
            "the checkout has uncommitted changes, and approvals are for its commit",
            where=names[0],
            fix="commit them, and have that commit approved; or git stash",
        )
