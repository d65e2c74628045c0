"""A branch that a verb has made, pushed and proposed to people; the next run of the verb finds it again."""

from __future__ import annotations

from pathlib import Path

from infragate.adapters import git, git_history
from infragate.adapters.github import pull_requests
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput


def refuse_checked_out(root: Path, branch: str) -> None:
    """Refuse to work on the branch itself.

    Raises:
        BadInput: the checkout is on it.
    """
    if git.current_branch(root) == branch:
        message = f"the checkout is on {branch}, the branch of the proposal itself"
        raise BadInput(message, where=str(root), fix="git switch main")


def tip(root: Path, branch: str, *, at_origin: bool) -> str | None:
    """The commit of the branch that an earlier run made.

    Args:
        at_origin: ask `origin` for it first; else what the clone knows.
    """
    if at_origin:
        git_history.learn_branch(root, branch)
    names = (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}")
    return next(iter(git.refs(root, *names).values()), None)


def refuse_others_work(root: Path, branch: str, commit: str, *, base: str = "HEAD") -> None:
    """Refuse to replace a branch with more than the one commit of an earlier run.

    Args:
        commit: the branch's tip; base: what the branch was made from.

    Raises:
        BadInput: it has more.
    """
    if git_history.commits_beside(root, commit, base=base) > 1:
        away = f"merge or close its pull request, git push origin --delete {branch}, git branch -D {branch}"
        raise BadInput(f"{branch} has commits of somebody else", where=branch, fix=away)


def propose(root: Path, project: Project, branch: str, *, base: str | None, title: str, body: str) -> str:
    """Push a branch and open its pull request, or bring the open one up to date; its address.

    Args:
        base: the branch that it is for; None for the repository's default branch.

    Raises:
        RemoteFailed: as `git.push`. BadInput, RemoteFailed: as `pull_requests.open_pull_request`.
    """
    github = project.github
    git.push(root, branch)
    return pull_requests.open_pull_request(
        f"{github.owner}/{github.repository}", branch=branch, base=base, title=title, body=body
    )
