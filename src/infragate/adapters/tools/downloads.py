"""Downloads one file over HTTP and checks its SHA-256; an incomplete or wrong file is never kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from infragate.adapters.local import clock, files
from infragate.domain.errors import BadInput, Integrity, RemoteFailed, ToolFailed

if TYPE_CHECKING:
    import requests

Progress = Callable[[int, int | None], None]
CHUNK = 1 << 16
LARGEST = 1 << 30  # bytes; no vendor program is larger
RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to try, in seconds; `read` is the longest pause between two chunks, not the whole transfer."""

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 20.0
    connect: float = 10.0
    read: float = 30.0


class _TransientError(Exception):
    """A failure that a retry may cure."""


def fetch(url: str, target: Path, *, sha256: str, patience: Patience, progress: Progress) -> None:
    """Download a file; an interrupted transfer starts again.

    Args:
        sha256: expected hex digest.
        progress: called with bytes so far and total bytes (None if the server does not send a length).

    Raises:
        BadInput: not an http or https address.
        RemoteFailed: no connection, the server refuses, or the file is larger than LARGEST.
        Integrity: the digest differs from `sha256`.
        ToolFailed: the disk is full or the folder cannot be written.
    """
    import tenacity

    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise BadInput("not an http or https address", where=shown(url), fix="correct the address or the mirror")
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(patience.attempts),
        wait=tenacity.wait_random_exponential(multiplier=patience.first_wait, max=patience.longest_wait),
        retry=tenacity.retry_if_exception_type(_TransientError),
        sleep=clock.sleep,
        reraise=True,
    )
    try:
        retrying(_transfer, url, target, sha256, patience, progress)
    except _TransientError as error:
        raise RemoteFailed(
            f"the download failed {patience.attempts} times: {error}",
            where=shown(url),
            fix="check the network and run it again, or set a mirror",
        ) from error


def shown(url: str) -> str:
    """The address without user, password and query, for messages."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _transfer(url: str, target: Path, sha256: str, patience: Patience, progress: Progress) -> None:
    digest = hashlib.sha256()
    with files.writing(target, failure=ToolFailed) as sink:
        for chunk in _chunks(url, patience, progress):
            digest.update(chunk)
            sink.write(chunk)
        if digest.hexdigest() != sha256:
            raise Integrity(
                f"the download differs from its pin: expected sha256 {sha256}, got {digest.hexdigest()}; it was deleted",
                where=shown(url),
                fix="run it again; if the digest stays the same, the file was replaced at its source: do not use it",
            )


def _chunks(url: str, patience: Patience, progress: Progress) -> Iterator[bytes]:
    import requests

    timeout = (patience.connect, patience.read)
    plain = {"Accept-Encoding": "identity"}  # the digest is of the file, not of a compressed transfer
    try:
        with requests.get(url, headers=plain, stream=True, timeout=timeout) as response:
            _refuse_error(response, url)
            length = response.headers.get("Content-Length", "")
            done, total = 0, int(length) if length.isdigit() else None
            for chunk in response.iter_content(CHUNK):
                done += len(chunk)
                if max(done, total or 0) > LARGEST:
                    limit = f"the file is larger than {LARGEST >> 20} MB"
                    raise RemoteFailed(limit, where=shown(url), fix="check the address in tools.lock, or the mirror")
                progress(done, total)
                yield chunk
    except requests.RequestException as error:
        raise _TransientError(_reason(error)) from error


def _refuse_error(response: requests.Response, url: str) -> None:
    if response.status_code == 200:
        return
    message = f"the server answered {response.status_code} {response.reason}"
    if response.status_code in RETRIED_STATUS:
        raise _TransientError(message)
    raise RemoteFailed(message, where=shown(url), fix="check the version and the address in tools.lock, or the mirror")


def _reason(error: Exception) -> str:
    """The kind of failure; the texts of `requests` contain object ids and addresses."""
    import requests

    reasons = (
        (requests.Timeout, "no answer in time"),
        (requests.exceptions.SSLError, "the server's certificate is not trusted"),
        (requests.exceptions.ChunkedEncodingError, "the connection broke during the transfer"),
        (requests.ConnectionError, "no connection to the server"),
    )
    return next((reason for kind, reason in reasons if isinstance(error, kind)), type(error).__name__)
