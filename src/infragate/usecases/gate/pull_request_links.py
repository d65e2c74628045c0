"""What the text of the pull request lacks, as Findings of the gate."""

from __future__ import annotations

from infragate.adapters.github import github_credentials, pull_requests
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput, RemoteFailed
from infragate.domain.finding import Finding, Severity
from infragate.domain.front_doors import pull_request_text

_SOURCE = "pull-request"


def findings(project: Project, number: str | None) -> tuple[Finding, ...]:
    """A warning for each link that the text lacks; nothing without a pull request, and without access to GitHub.

    The text judges nothing about the plan, so one that cannot be read is a warning too.
    """
    if number is None or not github_credentials.are_set():
        return ()
    github = project.github
    try:
        text = pull_requests.text(f"{github.owner}/{github.repository}", int(number))
    except (BadInput, RemoteFailed) as failed:
        return (_warning("unread", f"the text of pull request {number} could not be read: {failed.message}"),)
    return tuple(
        _warning(
            "missing-link", f"pull request {number} names no link for {name}", fix=f"fill the line `{name}` in its text"
        )
        for name in pull_request_text.missing_links(text)
    )


def _warning(kind: str, message: str, *, fix: str | None = None) -> Finding:
    return Finding(id=f"{_SOURCE}/{kind}", source=_SOURCE, severity=Severity.LOW, message=message, fix=fix)
