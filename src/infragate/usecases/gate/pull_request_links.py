"""Which links the text of the pull request lacks, and the Findings of the gate about it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from infragate.adapters.github import github_credentials
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput, RemoteFailed
from infragate.domain.finding import Finding, Severity
from infragate.domain.front_doors import pull_request_text

_SOURCE = "pull-request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What was read.

    Attributes:
        missing: the names of the links that the text lacks; None if it was not read.
        findings: a warning for each of them, or that the text cannot be read.
    """

    missing: tuple[str, ...] | None = None
    findings: tuple[Finding, ...] = ()


def read(project: Project, number: str | None) -> Links:
    """Read the text of a pull request; nothing is read without a number, and without access to GitHub.

    The text judges nothing about the plan: a missing link, and a text that cannot be read, are warnings.
    """
    if number is None or not github_credentials.are_set():
        return Links()
    from infragate.adapters.github import pull_requests  # the client takes a tenth of a second to load

    github = project.github
    try:
        text = pull_requests.text(f"{github.owner}/{github.repository}", int(number))
    except (BadInput, RemoteFailed) as failed:
        message = f"the text of pull request {number} could not be read: {failed.message}"
        return Links(findings=(_warning("unread", message),))
    missing = pull_request_text.missing_links(text)
    return Links(missing=missing, findings=tuple(_missing(name, number) for name in missing))


def reading(project: Project, number: str | None) -> Callable[[], Links]:
    """As `read`, beside other work; call the result for what was read. A run that ends before does not wait for it."""
    future: Future[Links] = Future()

    def work() -> None:
        try:
            future.set_result(read(project, number))
        except BaseException as failure:
            future.set_exception(failure)

    threading.Thread(target=work, daemon=True).start()
    return future.result


def _missing(name: str, number: str) -> Finding:
    message = f"pull request {number} names no link for {name}"
    return _warning("missing-link", message, fix=f"fill the line `{name}` in its text")


def _warning(kind: str, message: str, *, fix: str | None = None) -> Finding:
    return Finding(id=f"{_SOURCE}/{kind}", source=_SOURCE, severity=Severity.LOW, message=message, fix=fix)
