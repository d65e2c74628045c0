"""A private AWS config file for one run, with two profiles that read their keys from files.

The keys are not in the environment, which a plan could print. They are renewed in time, so an apply may take longer
than a chained session's hour: the SDK reads a file again when the keys in it expire (AWS SDKs reference guide,
'Process credential provider').
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
    sweep: bool = True,
) -> Iterator[dict[str, str]]:
    """Write the config file and yield the variables that point to it; remove it afterwards.

    Args:
        parent: gets a private folder for this run.
        credentials: keys by profile name.
        renew: returns new keys, called before the current ones expire.
        warn: called when the renewal fails; it is tried again.
        sweep: remove the folders of killed runs.

    Raises:
        BadInput: the folder's path has characters that a credential process cannot quote.
    """
    folder = _new_folder(parent, sweep=sweep)
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
        with writing:  # a renewal in progress must not create the folder again
            stop.set()
        shutil.rmtree(folder, ignore_errors=True)


def _new_folder(parent: Path, *, sweep: bool) -> Path:
    _refuse_unquotable(parent)
    files.private_folder(parent)
    if sweep:
        _sweep(parent)
    return Path(tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=parent))


def _refuse_unquotable(folder: Path) -> None:
    """Some SDKs run the command in a shell, others split it themselves: no quoting is right for all of them."""
    unquotable = sorted({letter for letter in str(folder) if letter in _UNQUOTABLE or not letter.isprintable()})
    if unquotable:
        raise BadInput(
            f"the checkout's path has {', '.join(map(repr, unquotable))}, which a credential process cannot quote",
            where=str(folder),
            fix="move the checkout to a folder whose path has none of these characters",
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
        expiries = [keys.expires for keys in current.values() if keys.expires is not None]
        if not expiries:
            return
        if stop.wait(max(RETRY_SECONDS, (min(expiries) - clock.now() - RENEW_BEFORE).total_seconds())):
            return
        try:
            current = renew()
            with writing:
                if stop.is_set():
                    return
                _hand_over(folder, current)
        except Exception as error:  # of any kind: if this thread ends, the keys expire in the middle of an apply
            warn(f"the AWS session could not be renewed yet, trying again: {error}")


def _sweep(parent: Path) -> None:
    """Remove the folders of killed runs."""
    for folder in parent.glob("run-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not children.alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
