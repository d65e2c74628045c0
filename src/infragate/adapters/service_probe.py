"""Probes of a deployed service: an HTTP request, or a program of the team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import settings
from infragate.adapters.process import children
from infragate.domain.errors import ToolFailed

_MUCH = 65_536  # bytes of an answer that are read


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """An answer over HTTP; `text` is no more than its first part."""

    status: int
    text: str


def exchange(
    url: str, *, timeout: float, content: bytes | None = None, headers: Mapping[str, str] | None = None
) -> HttpAnswer | str:
    """The answer to a GET, or to a POST with that content; redirects are not followed. If there is none: why."""
    import requests  # imported here: most verbs need no HTTP

    method = "GET" if content is None else "POST"
    try:
        with requests.request(
            method, url, data=content, headers=headers, timeout=timeout, allow_redirects=False, stream=True
        ) as answer:
            text = answer.raw.read(_MUCH, decode_content=True).decode("utf-8", "replace")
            return HttpAnswer(status=answer.status_code, text=text)
    except requests.Timeout:
        return f"no answer within {timeout:g} s"
    except (requests.RequestException, ValueError, OSError) as failed:
        return f"no answer: {type(failed).__name__}"


def http_status(url: str, *, timeout: float) -> int | str:
    """The status code of a GET; redirects are not followed. If there is no answer: why."""
    answer = exchange(url, timeout=timeout)
    return answer if isinstance(answer, str) else answer.status


def command_failure(argv: Sequence[str], *, folder: Path, variables: Mapping[str, str], timeout: float) -> str | None:
    """Why a program did not end with 0; None if it did. It gets no credentials."""
    try:
        children.run(argv, cwd=folder, env=settings.child_environment(**variables), timeout=timeout)
    except ToolFailed as failed:
        return failed.message
    return None
