"""A private AWS config file for one run: two profiles whose keys are handed over by file and kept fresh.

No key stands in the environment, which a plan could print, and a chained session's hour is no limit for a long apply:
the SDK reads the file again when the keys in it end (AWS SDKs reference guide, 'Process credential provider').
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from infragate.adapters.local import clock, files
from infragate.adapters.process import children
from infragate.domain.cloud import Credentials
from infragate.domain.errors import BadInput

PROVIDER = "infragate-provider"
STATE = "infragate-state"
RENEW_BEFORE = timedelta(minutes=10)
RETRY_SECONDS = 30.0
_UNQUOTABLE = '"$`\\'

Renew = Callable[[], Mapping[str, Credentials]]


@contextmanager
def profiles(
    parent: Path,
    credentials: Mapping[str, Credentials],
    *,
    region: str,
    renew: Renew | None,
    warn: Callable[[str], None],
) -> Iterator[dict[str, str]]:
    """Make the config file and yield the variables that point to it; everything is gone afterwards.

    Args:
        parent: folder for the private folder of this run; folders of runs that died are removed.
        credentials: keys by profile name.
        renew: asked for new keys before the present ones end.
        warn: told when they could not be renewed (it is tried again).

    Raises:
        BadInput: the folder's path cannot stand in a credential process.
    """
    _refuse_unquotable(parent)
    _sweep(files.private_folder(parent))
    folder = Path(tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=parent))
    stop, writing = threading.Event(), threading.Lock()
    try:
        _hand_over(folder, credentials)
        _configure(folder, credentials, region)
        if renew is not None:
            arguments = (folder, credentials, renew, stop, writing, warn)
            threading.Thread(target=_keep_fresh, args=arguments, daemon=True).start()
        yield {
            "AWS_CONFIG_FILE": str(folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
            "AWS_PROFILE": PROVIDER,
            "AWS_SDK_LOAD_CONFIG": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    finally:
        with writing:  # keys that come later must not make the folder again
            stop.set()
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_unquotable(folder: Path) -> None:
    """SDKs give the command to a shell, or split it themselves: no quoting of these is right for all of them."""
    odd = sorted({letter for letter in str(folder) if letter in _UNQUOTABLE or not letter.isprintable()})
    if odd:
        raise BadInput(
            f"the checkout's path holds {', '.join(map(repr, odd))}, which AWS's programs cannot be told safely",
            where=str(folder),
            fix="move the checkout to a folder whose path has none of them",
        )


def _configure(folder: Path, names: Iterable[str], region: str) -> None:
    sections = [
        f'[profile {name}]\nregion = {region}\ncredential_process = cat "{folder / name}.json"\n' for name in names
    ]
    files.write(folder / "config", "".join(sections), mode=0o600)
    files.write(folder / "credentials", "", mode=0o600)


def _hand_over(folder: Path, credentials: Mapping[str, Credentials]) -> None:
    for name, keys in credentials.items():
        files.write(folder / f"{name}.json", json.dumps(keys.process_document()), mode=0o600)


def _keep_fresh(
    folder: Path,
    credentials: Mapping[str, Credentials],
    renew: Renew,
    stop: threading.Event,
    writing: threading.Lock,
    warn: Callable[[str], None],
) -> None:
    current = credentials
    while True:
        ends = [keys.expires for keys in current.values() if keys.expires is not None]
        if not ends:
            return
        if stop.wait(max(RETRY_SECONDS, (min(ends) - clock.now() - RENEW_BEFORE).total_seconds())):
            return
        try:
            current = renew()
            with writing:
                if stop.is_set():
                    return
                _hand_over(folder, current)
        except (
            Exception
        ) as failed:  # whatever it is: a thread that ends here would end the keys in the middle of an apply
            warn(f"the AWS session could not be renewed yet, trying again: {failed}")


def _sweep(parent: Path) -> None:
    """Remove what runs that were killed left behind."""
    for folder in parent.glob("run-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not children.alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
