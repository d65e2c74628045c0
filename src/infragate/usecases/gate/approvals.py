"""Who approved the commit that is judged: reviews on GitHub, or a file that says the same (docs/policy-exceptions.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from infragate.adapters import git, policy_bundle
from infragate.adapters.github import github_credentials, reviews
from infragate.adapters.local import approvals_file, codeowners_file, files
from infragate.adapters.policy_bundle import PolicyBundle
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.gate import approvals
from infragate.domain.gate.approvals import NONE, Approvals

_SHOWN = 12  # characters of a commit id


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalsRequest:
    """Where to look for approvals.

    Attributes:
        root: the checkout that is judged.
        file: of `--approvals`; None for GitHub's reviews.
        pull_request: its number; None if the change has none.
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
    """The approvals of the checkout's commit; NONE without a file, and without a pull request, or a token or App for GitHub.

    Raises:
        BadInput: the file, CODEOWNERS or the pull request cannot be used.
        Integrity: they are about another commit than the checkout's, or it has uncommitted changes.
        RemoteFailed: GitHub cannot be asked; that is never an approval.
    """
    if request.file is not None:
        return _written(request, request.file)
    if request.pull_request is None or not github_credentials.are_set():
        return NONE
    _refuse_changes(request)
    github = request.project.github
    return reviews.count(
        f"{github.owner}/{github.repository}",
        int(request.pull_request),
        accept=lambda head, base: _refuse_other_head(request, head, base),
        owners_of=_owners(request),
    )


def _written(request: ApprovalsRequest, file: Path) -> Approvals:
    _refuse_own(request.root, file)
    change, people, lists_files = approvals_file.load(file)
    _refuse_changes(request)
    head = git.head_commit(request.root)
    if change.commit != head:
        raise _other_commit(f"{file} is about {change.commit[:_SHOWN]}", head)
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
    commit = bundle.commit
    return codeowners_file.owners_of(lambda name: git.file_at(request.root, commit, name))


def _changed(request: ApprovalsRequest, file: Path) -> tuple[str, ...]:
    """The files that differ from the base."""
    base = request.bundle.commit
    if base is None:
        message = "cannot tell which files change, and CODEOWNERS asks for the approval of their owners"
        raise BadInput(message, where=str(file), fix="list them in it, as `files`")
    return tuple(changed.name for changed in git.changed_files(request.root, base, "HEAD"))


def _refuse_own(root: Path, file: Path) -> None:
    """A change must not bring its own approvals."""
    path = file.resolve()
    if path.is_relative_to(root.resolve()) and git.tracks(root, path.relative_to(root.resolve()).as_posix()):
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


def _refuse_other_head(request: ApprovalsRequest, head: str, base: str) -> None:
    """GitHub's jobs check out a merge of the base branch (first parent) and the pull request's head (second)."""
    root = request.root
    commit, merged = git.head_commit(root), git.revision(root, "HEAD^2")
    if commit == head:
        return
    if merged != head:
        raise _other_commit(f"the head of pull request {request.pull_request} is {head[:_SHOWN]}", commit)
    first, branch = git.revision(root, "HEAD^1"), git.revision(root, f"refs/remotes/origin/{base}")
    if first is None or branch is None or git.merge_base(root, first, branch) != first:
        message = f"this checkout merges pull request {request.pull_request} with something that is not in {base}"
        raise Integrity(message, where=commit, fix=f"check out its head, or fetch {base}: git fetch origin {base}")


def _other_commit(subject: str, head: str | None) -> Integrity:
    message = f"{subject}, and this checkout is {head[:_SHOWN] if head else 'no commit'}: its approvals do not count"
    return Integrity(message, where="HEAD", fix="check out the commit that was approved, or have this one approved")
