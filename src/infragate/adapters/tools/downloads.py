"""Fetches one file over HTTP whose SHA-256 is known beforehand.

A connection that breaks is resumed where it stopped (`Range` with `If-Range`, RFC 9110 section 13.1.5), also by the
next run. Nothing is handed on before its digest is right.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from infragate.adapters.local import clock, files
from infragate.domain.errors import BadInput, Integrity, RemoteFailed, ToolFailed

if TYPE_CHECKING:
    import requests

Progress = Callable[[int, int | None], None]
CHUNK = 1 << 16  # what a broken connection loses at most
WORTH_A_RETRY = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to try. Times are in seconds; `read` is the longest silence, not the whole transfer."""

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 20.0
    connect: float = 10.0
    read: float = 30.0


class _TransientError(Exception):
    """A failure that may be gone the next time."""


def quiet(_done: int, _total: int | None) -> None:
    """Progress that nobody looks at."""


def fetch(url: str, target: Path, *, sha256: str, patience: Patience | None = None, progress: Progress = quiet) -> Path:
    """Download a file, checked, to `target`.

    The bytes gather in `target.part` beside it, which is kept when the network fails, so that a later call goes on.

    Args:
        sha256: expected hex digest.
        progress: told bytes so far and bytes in all (None when the server does not say).

    Raises:
        BadInput: not an HTTP address.
        RemoteFailed: no connection, or the server refuses.
        Integrity: the bytes are not the pinned ones; they have been removed.
        ToolFailed: the disk is full or the folder cannot be written.
    """
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise BadInput("not an http address", where=shown(url), fix="correct the address")
    part = _Part(target)
    transfer = _Transfer(url, part, patience or Patience(), progress)
    resumed = transfer.complete()
    if resumed and files.sha256(part.path) != sha256:
        # The beginning came from an earlier connection: give the server one chance without it.
        part.remove()
        transfer.complete()
    found = files.sha256(part.path)
    if found != sha256:
        part.remove()
        raise Integrity(
            f"the download is not what is pinned: expected sha256 {sha256}, found {found}; it was removed",
            where=shown(url),
            fix="run it again; if it stays so, somebody changed the file at that address: do not use it",
        )
    part.finish()
    return target


def shown(url: str) -> str:
    """An address for messages: without user, password and query."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


class _Part:
    """The unfinished file, and beside it the validator (ETag or date) of the version that it is a piece of."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self.validator_path = target.with_name(f"{target.name}.part.version")

    def resumable(self) -> tuple[int, str | None]:
        """Bytes that are there and can be continued, and the version they belong to."""
        validator = files.recall(self.validator_path)
        if validator is None or not self.path.is_file():
            return 0, None
        return self.path.stat().st_size, validator

    def begin(self, validator: str | None) -> None:
        """Forget earlier bytes; remember which version comes now."""
        self.remove()
        if validator is not None:
            files.write(self.validator_path, validator)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.validator_path.unlink(missing_ok=True)

    def finish(self) -> None:
        self.path.replace(self.target)
        self.validator_path.unlink(missing_ok=True)


class _Transfer:
    """Attempts until the part is whole."""

    def __init__(self, url: str, part: _Part, patience: Patience, progress: Progress) -> None:
        self.url, self.part, self.patience, self.progress = url, part, patience, progress
        self.resumed = False

    def complete(self) -> bool:
        """Get all bytes; whether some of them came from an earlier connection."""
        import tenacity

        self.resumed = False
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.patience.attempts),
            wait=tenacity.wait_random_exponential(multiplier=self.patience.first_wait, max=self.patience.longest_wait),
            retry=tenacity.retry_if_exception_type(_TransientError),
            sleep=clock.sleep,
            reraise=True,
        )
        try:
            retrying(self._attempt)
        except _TransientError as error:
            raise RemoteFailed(
                f"the download failed {self.patience.attempts} times: {error}",
                where=shown(self.url),
                fix="check the network, or set a mirror; what has arrived is kept and the next run goes on from there",
            ) from error
        return self.resumed

    def _attempt(self) -> None:
        import requests

        offset, validator = self.part.resumable()
        headers = {"Accept-Encoding": "identity"}  # the digest is of the file, not of a compressed transfer
        if offset and validator:
            headers |= {"Range": f"bytes={offset}-", "If-Range": validator}
        try:
            with requests.get(
                self.url, headers=headers, stream=True, timeout=(self.patience.connect, self.patience.read)
            ) as response:
                self._take(response, offset)
        except requests.RequestException as error:
            raise _TransientError(_reason(error)) from error

    def _take(self, response: requests.Response, offset: int) -> None:
        if response.status_code == 416:  # our piece is longer than the file is now
            self.part.remove()
            raise _TransientError("the file has changed on the server")
        if response.status_code not in {200, 206}:
            self._refused(response)
        begins = _first_byte(response)
        if response.status_code == 206 and begins != offset:
            self.part.remove()
            raise _TransientError("the server sent another piece than the one asked for")
        if response.status_code == 200:
            self.part.begin(_validator(response))
            offset = 0
        self.resumed = self.resumed or offset > 0
        length = response.headers.get("Content-Length", "")
        total = offset + int(length) if length.isdigit() else None
        self._append(response, offset, total)

    def _append(self, response: requests.Response, offset: int, total: int | None) -> None:
        done = offset
        sink = None
        try:
            self.part.path.parent.mkdir(parents=True, exist_ok=True)
            sink = self.part.path.open("ab", buffering=0)
            for chunk in response.iter_content(CHUNK):
                _write_all(sink.fileno(), chunk)
                done += len(chunk)
                self.progress(done, total)
            os.fsync(sink.fileno())
        except OSError as error:
            if _is_network(error):
                raise
            self.part.remove()
            raise ToolFailed(
                f"cannot write the download: {error.strerror}; what had arrived was removed",
                where=str(self.part.path.parent),
                fix="free some space, or choose another cache folder",
            ) from error
        finally:
            if sink is not None:
                with suppress(OSError):
                    sink.close()
        if total is not None and done < total:
            raise _TransientError(f"the connection ended after {done} of {total} bytes")

    def _refused(self, response: requests.Response) -> None:
        said = f"the server answered {response.status_code} {response.reason}"
        if response.status_code in WORTH_A_RETRY:
            raise _TransientError(said)
        raise RemoteFailed(
            said, where=shown(self.url), fix="check the version and the address in tools.lock, or the mirror"
        )


def _write_all(handle: int, data: bytes) -> None:
    """A raw write may take only a part (it does at a file size limit); the next one then says why."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _is_network(error: OSError) -> bool:
    """requests derives its errors from OSError too; those are handled where they are retried."""
    import requests

    return isinstance(error, requests.RequestException)


def _first_byte(response: requests.Response) -> int | None:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found.group(1)) if found else None


def _validator(response: requests.Response) -> str | None:
    """What `If-Range` may carry: a strong ETag, else the date of the file."""
    etag = response.headers.get("ETag", "")
    if etag.startswith('"'):
        return etag
    return response.headers.get("Last-Modified")


def _reason(error: Exception) -> str:
    """The innermost cause, without addresses of objects or of the server."""
    import requests

    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate is not trusted"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke during the transfer"
    if isinstance(error, requests.ConnectionError):
        return "no connection to the server"
    return type(error).__name__
