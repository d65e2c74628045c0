"""Opens pull requests."""

from __future__ import annotations

from infragate.adapters.github import github_api


def open_pull_request(repository: str, *, branch: str, base: str | None, title: str, body: str) -> str:
    """Open a pull request, or update the open one of the same branch; returns its address.

    Args:
        repository: `owner/name`; base: None for the repository's default branch.

    Raises:
        BadInput, RemoteFailed: as `github_api.repository`.
    """
    with github_api.repository(repository, need="write access to contents and pull requests") as repo:
        owner = repository.partition("/")[0]
        for pull in repo.get_pulls(state="open", head=f"{owner}:{branch}").get_page(0):
            github_api.refuse_foreign_address(pull)
            pull.edit(title=title, body=body)
            return pull.html_url
        return repo.create_pull(base=base or repo.default_branch, head=branch, title=title, body=body).html_url
