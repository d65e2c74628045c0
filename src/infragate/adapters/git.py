"""The only owner of git."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from infragate.adapters import process, settings
from infragate.domain.errors import RemoteFailed, ToolFailed

# A repository of someone else's must not run programs of its own: no hooks, no pagers, no monitors, no prompts.
_SAFE = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.pager=cat")
_TIMEOUT = 60.0
_COMMIT = "# branch.oid "
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    # A mounted folder is looked at as any other; git would end its sentence of "no repository" with a word on the mount.
    "GIT_DISCOVERY_ACROSS_FILESYSTEM": "1",
    "LC_ALL": "C",
}
# A module's address never starts a program of its own (`ext::`).
_REMOTE = {"GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}


def run(folder: Path, *args: str, environment: dict[str, str] | None = None) -> str:
    """One git command's output.

    Raises:
        ToolFailed: git is missing or refused.
    """
    env = settings.child_environment(**_ENVIRONMENT, **(environment or {}))
    return process.run(["git", *_SAFE, "-C", str(folder), *args], env=env, timeout=_TIMEOUT).stdout


def head_commit(folder: Path) -> str | None:
    """The commit that the checkout around `folder` stands at; None in a folder without git or without a commit.

    Raises:
        ToolFailed: git is missing, or it refuses the checkout (another owner, a damaged repository).
    """
    try:
        shown = run(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no", "-z")
    except ToolFailed as failed:
        if "not a git repository" in failed.message:
            return None
        raise
    found = (line.removeprefix(_COMMIT) for line in shown.split("\0") if line.startswith(_COMMIT))
    commit = next(found, "(initial)")
    return None if commit == "(initial)" else commit


def remote_tags(url: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The tags of a remote repository and the commits that they name (annotated tags peeled).

    Args:
        variables: added to git's environment (the sandbox sends known addresses to its own repository).

    Raises:
        RemoteFailed: it cannot be reached, or not without a password.
    """
    env = settings.child_environment(**{**_ENVIRONMENT, **_REMOTE, **variables})
    try:
        shown = process.run(["git", *_SAFE, "ls-remote", "--tags", "--", url], env=env, timeout=_TIMEOUT).stdout
    except ToolFailed as failed:
        raise RemoteFailed(
            f"the repository of the modules cannot be asked: {failed.message}",
            where=url,
            fix="check the network and your rights to that repository, then run it again",
        ) from failed
    found: dict[str, str] = {}
    for line in shown.splitlines():
        commit, _, ref = line.partition("\t")
        found[ref.removeprefix("refs/tags/")] = commit
    return {tag: found.get(f"{tag}^{{}}", commit) for tag, commit in found.items() if not tag.endswith("^{}")}


def tracks(folder: Path, path: str) -> bool:
    """Whether the checkout that holds `folder` has committed or staged anything at or below `path`.

    Raises:
        ToolFailed: git is missing or refuses the checkout.
    """
    try:
        return bool(run(folder, "ls-files", "-z", "--", f":(literal){path}"))
    except ToolFailed as failed:
        if "not a git repository" in failed.message:
            return False
        raise


def version() -> str:
    """What `git --version` says."""
    return process.run(["git", "--version"], env=settings.child_environment(), timeout=_TIMEOUT).stdout.strip()
