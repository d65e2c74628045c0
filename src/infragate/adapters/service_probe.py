"""Probes of a deployed service: an HTTP request, or a program of the team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from infragate.adapters.local import settings
from infragate.adapters.process import children
from infragate.domain.errors import ToolFailed


def http_status(url: str, *, timeout: float) -> int | str:
    """The status code of a GET; redirects are not followed. If there is no answer: why."""
    import requests  # imported here: most verbs need no HTTP

    try:
        with requests.get(url, timeout=timeout, allow_redirects=False, stream=True) as answer:
            return answer.status_code
    except requests.Timeout:
        return f"no answer within {timeout:g} s"
    except (requests.RequestException, ValueError) as failed:
        return f"no answer: {type(failed).__name__}"


def command_failure(argv: Sequence[str], *, folder: Path, variables: Mapping[str, str], timeout: float) -> str | None:
    """Why a program did not end with 0; None if it did. It gets no credentials."""
    try:
        children.run(argv, cwd=folder, env=settings.child_environment(**variables), timeout=timeout)
    except ToolFailed as failed:
        return failed.message
    return None
