"""Fetches a set of policies: with git, or with `conftest pull` from an OCI registry. Nothing in it runs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from infragate.adapters import git, git_remote
from infragate.adapters.local import files, settings
from infragate.adapters.modules import clone_settings, package_content
from infragate.adapters.process import children
from infragate.adapters.tools import tool_store
from infragate.domain.errors import BadInput, Integrity, RemoteFailed, ToolFailed
from infragate.domain.gate.policy_lock import PolicyPin
from infragate.domain.gate.policy_source import PolicySource

PULLER = "conftest"
# The bytes of the commit; a link becomes a file with its target's name.
_AS_STORED = ("-c", "core.autocrlf=false", "-c", "core.symlinks=false")
_TIMEOUT = 120.0


def fetch(source: PolicySource, scratch: Path, *, into: Path, pins: Path, variables: Mapping[str, str]) -> PolicyPin:
    """Fetch a set into a folder that does not exist yet, and return its pin.

    Args:
        scratch: an empty private folder on the same file system.
        pins: the folder whose `policy/tools/tools.lock` pins Conftest.
        variables: for git.

    Raises:
        RemoteFailed: repository or registry cannot be reached. BadInput: the tag, the folder or the artifact does not exist.
        Integrity: the content cannot be trusted.
    """
    if source.kind == "git":
        commit = _clone(source, scratch, into, variables)
    else:
        commit = None
        _pull(source, scratch, into, pins)
    content = package_content.read(into)
    if content.problem:
        raise Integrity(f"the policies cannot be used: {content.problem}", where=source.address, fix="use another tag")
    return PolicyPin(source=source.address, ref=source.ref, commit=commit, tree=content.tree)


def _clone(source: PolicySource, scratch: Path, into: Path, variables: Mapping[str, str]) -> str:
    clone = files.private_folder(scratch / "clone")
    known = clone_settings.variables(scratch / "template", variables)
    commit = git_remote.fetch(source.repository, source.revision, into=clone, variables=known)
    git.export(clone, commit, source.folder, _AS_STORED, into=into)
    if not any(into.iterdir()):
        raise BadInput(
            f"there is no folder {source.folder} at {source.ref}", where=source.address, fix="correct the source"
        )
    shutil.rmtree(clone)
    return commit


def _pull(source: PolicySource, scratch: Path, into: Path, pins: Path) -> None:
    """Conftest compares every part with its digest; plain HTTP is for registries on this machine only."""
    program = tool_store.program(PULLER, pins)
    reference = f"{source.address}@{source.ref}"
    argv = [str(program.path), "pull", "--absolute-paths", "--policy", str(into), reference]
    env = settings.child_environment(**settings.subset(("DOCKER_CONFIG",)))
    try:
        children.run(argv, cwd=files.private_folder(scratch / "work"), env=env, timeout=_TIMEOUT)
    except ToolFailed as failed:
        if "mismatched digest" in failed.said:
            message = "the registry sends something else than what the digest names"
            raise Integrity(message, where=source.address, fix="ask who runs that registry") from failed
        missing = "not found" in failed.said
        error = BadInput if missing else RemoteFailed
        fix = (
            "check the digest"
            if missing
            else "check the network and `docker login` for that registry, then run it again"
        )
        raise error(f"the policies cannot be pulled: {failed.message}", where=source.address, fix=fix) from failed
