"""The sets of policies of `policy/gate.yaml`, ready to be evaluated, and their lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import files, gate_policy_file
from infragate.adapters.policies import policy_lock_file, policy_store
from infragate.adapters.policies.policy_fetch import PULLER
from infragate.adapters.scanners import rego_folder
from infragate.adapters.scanners.rego_folder import PolicyFolder
from infragate.domain.command import Say
from infragate.domain.errors import Integrity
from infragate.domain.gate import policy_lock, policy_source
from infragate.domain.gate.gate_policy import FILE, PolicySet
from infragate.domain.gate.policy_lock import PolicyLock
from infragate.domain.gate.policy_source import PolicySource
from infragate.usecases import tools_install


def ready(sets: Sequence[PolicySet], trusted: Path, *, pins: Path, say: Say) -> tuple[PolicyFolder, ...]:
    """The folder of each set; what is missing is fetched.

    Args:
        trusted: the folder that holds the trusted `policy/`, with its lock.
        pins: the folder whose `policy/tools/tools.lock` pins Conftest.

    Raises:
        BadInput: a source is not pinned, or its policies cannot be used as they are.
        Integrity: a set is not locked, or not what was locked. InfragateError: it cannot be fetched.
    """
    lock = policy_lock_file.load(trusted)
    folders = []
    for entry in sets:
        source = policy_source.parse(entry.source, where=_where(entry))
        folder = _fetched(source, lock, pins, say) if source.is_remote else files.unlinked(trusted, source.folder)
        policies = PolicyFolder(name=entry.name, folder=folder, known_bad=entry.known_bad)
        rego_folder.read(policies)
        folders.append(policies)
    return tuple(folders)


def _fetched(source: PolicySource, lock: PolicyLock, pins: Path, say: Say) -> Path:
    pin = lock.pin(source.address, source.ref)
    if pin is None:
        raise Integrity(
            f"the policies {source.address} at {source.ref} are not in the lock",
            where=policy_lock.FILE,
            fix=(policy_lock.WRITE, f", then commit {policy_lock.FILE}"),
        )
    if (folder := policy_store.cached(pin)) is not None:
        return folder
    say(f"fetching the policies {source.address} at {source.ref}")
    policy_store.fetch(source, pins=pins, variables={}, locked=pin)
    return policy_store.cached(pin) or _gone(source)


def _gone(source: PolicySource) -> Path:
    raise Integrity("the fetched policies were removed", where=source.address, fix="run it again")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLockRequest:
    """Write or check `policy/policies.lock` of a checkout.

    Attributes:
        check: only compare.
        accept_moved: lock the current content of moved tags.
    """

    root: Path
    say: Say
    check: bool = False
    accept_moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLockResult:
    """The lock for `policy/gate.yaml`, and its differences from the file, one line per pin."""

    lock: PolicyLock
    differences: tuple[str, ...]
    written: bool


def write_lock(request: PolicyLockRequest) -> PolicyLockResult:
    """Fetch every set that comes from elsewhere, and write its pin; a second run changes nothing.

    Raises:
        Integrity: a tag was moved since it was locked; or with `check`, the file differs.
        BadInput: a source is not pinned. InfragateError: it cannot be fetched.
    """
    root = request.root
    parsed = [policy_source.parse(entry.source, where=_where(entry)) for entry in gate_policy_file.load(root).policies]
    sources = [source for source in parsed if source.is_remote]
    if any(source.kind == "oci" for source in sources):
        tools_install.ready(PULLER, root, say=request.say)
    before = policy_lock_file.load(root)
    after = policy_lock.of_pins(_present(source, before, request) for source in sources)
    differences = tuple(_differences(before, after))
    if request.check and differences:
        raise Integrity(
            f"the lock of the policies does not match {FILE}: {'; '.join(differences)}",
            where=policy_lock.FILE,
            fix=(policy_lock.WRITE, ", then commit the file"),
        )
    written = not request.check and policy_lock_file.save(root, after)
    return PolicyLockResult(lock=after, differences=differences, written=written)


def _present(source: PolicySource, before: PolicyLock, request: PolicyLockRequest) -> policy_lock.PolicyPin:
    request.say(f"fetching the policies {source.address} at {source.ref}")
    old = None if request.accept_moved else before.pin(source.address, source.ref)
    return policy_store.fetch(source, pins=request.root, variables={}, locked=old)


def _differences(before: PolicyLock, after: PolicyLock) -> Iterator[str]:
    for pin in after.pins:
        old = before.pin(*pin.key)
        if old is None:
            yield f"+ {pin.source} {pin.ref}"
        elif old != pin:
            yield f"~ {pin.source} {pin.ref} {old.commit or old.tree} to {pin.commit or pin.tree}"
    for old in before.pins:
        if after.pin(*old.key) is None:
            yield f"- {old.source} {old.ref}"


def _where(entry: PolicySet) -> str:
    return f"{FILE}, policies, {entry.name}"
