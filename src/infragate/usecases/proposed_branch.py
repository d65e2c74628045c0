"""A branch that a verb has made, pushed and proposed to people."""

from __future__ import annotations

from infragate.adapters import git
from infragate.adapters.github import pull_requests
from infragate.usecases.stack import Stack


def propose(stack: Stack, branch: str, *, title: str, body: str) -> str:
    """Push a branch and open its pull request into the present branch, or bring the open one up to date; its address.

    Raises:
        RemoteFailed: as `git.push`. BadInput, RemoteFailed: as `pull_requests.open_pull_request`.
    """
    github = stack.session.project.github
    git.push(stack.root, branch)
    return pull_requests.open_pull_request(
        f"{github.owner}/{github.repository}",
        branch=branch,
        base=git.current_branch(stack.root),
        title=title,
        body=body,
    )
