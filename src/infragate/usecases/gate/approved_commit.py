"""Whether a checkout is what was approved: the approved commit, the same files, or git's own merge of it into its base.

A squash or a rebase gives the approved files another commit. So the trees are compared, not the names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters import git, git_merge
from infragate.domain.command import Advice
from infragate.domain.errors import Integrity

_SHOWN = 12  # characters of a commit id


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedCommit:
    """The commit that the reviewers saw.

    Attributes:
        subject: how a message about it begins: "the head of pull request 7 is".
        base: the branch of `origin` that it is merged into; None if only the commit itself, or one with the same files, counts.
        commits: how many there are in the change; a rebase writes as many to the base.
        fetch: the command that brings it into the clone.
    """

    commit: str
    subject: str
    base: str | None = None
    commits: int = 1
    fetch: str = "fetch it"


def refuse_other(root: Path, approved: ApprovedCommit) -> None:
    """Refuse a checkout that holds something else than what was approved.

    Raises:
        Integrity: it does, or the clone does not have what is needed to compare. ToolFailed: git is too old for that.
    """
    head = git.head_commit(root)
    if head == approved.commit:
        return
    if head is None or git.revision(root, approved.commit) is None:
        raise _other(approved, head, "and the clone does not have the approved commit", approved.fetch)
    tree = git.tree_of(root, head, "")
    if tree == git.tree_of(root, approved.commit, ""):
        return
    if approved.base is None:
        raise _other(approved, head, "with other files")
    bases = tuple(_bases(root, approved, approved.base))
    if any(git_merge.merged_tree(root, base, approved.commit) == tree for base in bases):
        return
    if not bases and git.revision(root, "HEAD^2") == approved.commit:
        why, fix = f"a merge of it with something that is not in {approved.base}", f"git fetch origin {approved.base}"
        raise _other(approved, head, why, f"check it out, or fetch the base: {fix}")
    fix = "check it out, or have this one approved; a shallow clone needs git fetch --unshallow origin"
    raise _other(approved, head, f"neither it nor git's merge of it into {approved.base}", fix)


def _bases(root: Path, approved: ApprovedCommit, base: str) -> Iterator[str]:
    """The commits of the base branch that the checkout can be a merge, a squash or a rebase onto."""
    branch = f"refs/remotes/origin/{base}"
    names = ("HEAD^1", f"HEAD~{approved.commits}")
    for commit in dict.fromkeys(git.revision(root, name) for name in names):
        if commit is not None and git_merge.contains(root, branch, commit):
            yield commit


def _other(
    approved: ApprovedCommit,
    head: str | None,
    why: str,
    fix: Advice = "check out the commit that was approved, or have this one approved",
) -> Integrity:
    here = head[:_SHOWN] if head else "no commit"
    message = (
        f"{approved.subject} {approved.commit[:_SHOWN]}, and this checkout is {here}, {why}: its approvals do not count"
    )
    return Integrity(message, where="HEAD", fix=fix)
