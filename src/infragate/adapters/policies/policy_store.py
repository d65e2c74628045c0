"""The fetched sets of policies in the user's cache: `<cache>/policies/<digest of the content>/`.

A set is used only if its files have the locked digest, so a cached one needs no network and cannot be another's.
"""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path

from infragate.adapters.local import files, settings
from infragate.adapters.modules import package_content
from infragate.adapters.policies import policy_fetch
from infragate.domain.errors import Integrity
from infragate.domain.gate import policy_lock
from infragate.domain.gate.policy_lock import PolicyPin
from infragate.domain.gate.policy_source import PolicySource


def cached(pin: PolicyPin) -> Path | None:
    """The folder of a set that was fetched before.

    Raises:
        Integrity: a file in it was changed.
    """
    folder = _place(pin)
    if not folder.is_dir():
        return None
    if package_content.read(folder).tree != pin.tree:
        raise Integrity(
            "the fetched policies were changed", where=str(folder), fix=f"rm -r {shlex.quote(str(folder))}, then again"
        )
    return folder


def fetch(source: PolicySource, *, pins: Path, variables: Mapping[str, str], locked: PolicyPin | None) -> PolicyPin:
    """Fetch a set into the cache.

    Args:
        locked: what it must be; None takes what is there.

    Raises:
        Integrity: it is not the locked one. InfragateError: as `policy_fetch.fetch`.
    """
    above = files.private_folder(settings.cache_folder() / "policies")
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=above) as name:
        content = Path(name, "content")
        pin = policy_fetch.fetch(source, Path(name), into=content, pins=pins, variables=variables)
        if locked is not None and pin != locked:
            raise policy_lock.moved(locked, pin)
        if cached(pin) is None:
            content.rename(_place(pin))
    return pin


def _place(pin: PolicyPin) -> Path:
    return settings.cache_folder() / "policies" / pin.tree.removeprefix("sha256:")
