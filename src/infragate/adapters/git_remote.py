"""What another repository has, and how a commit of it comes here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from infragate.adapters import git
from infragate.domain.errors import BadInput, InfragateError, RemoteFailed, ToolFailed
from infragate.domain.terraform.terraform_messages import of_git


def remote_tags(url: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The tags of a remote repository and their commit ids (annotated tags are peeled).

    Args:
        variables: as for `git.run_remote`.

    Raises:
        RemoteFailed: the repository cannot be reached, or asks for a password.
    """
    refs = _remote_refs((), ("--tags", "--", url), url, variables)
    commits = {ref.removeprefix("refs/tags/"): commit for ref, commit in refs.items()}
    return {tag: commits.get(f"{tag}^{{}}", commit) for tag, commit in commits.items() if not tag.endswith("^{}")}


def remote_commit(url: str, ref: str, variables: Mapping[str, str], *, outside: Path) -> str | None:
    """The commit id of a full name (`refs/heads/main`) in a remote repository; None if it does not have that.

    Args:
        variables: as for `git.run_remote`.
        outside: a folder that is no repository; one above it, whose settings would count, is not looked for.

    Raises:
        RemoteFailed: as `remote_tags`.
    """
    alone = {**variables, "GIT_CEILING_DIRECTORIES": str(outside.resolve().parent)}
    return _remote_refs(("-C", str(outside)), ("--", url, ref), url, alone).get(ref)


def _remote_refs(
    options: tuple[str, ...], arguments: tuple[str, ...], url: str, variables: Mapping[str, str]
) -> dict[str, str]:
    try:
        listing = git.run_remote(*options, "ls-remote", *arguments, variables=variables)
    except ToolFailed as failed:
        raise _unreachable(failed, url, "list the names in") from failed
    return {ref: commit for commit, _, ref in (line.partition("\t") for line in listing.splitlines())}


def _unreachable(failed: ToolFailed, url: str, doing: str) -> InfragateError:
    where = url.partition("?")[0]
    return of_git(failed.said, where=where) or RemoteFailed(
        f"cannot {doing} the repository: {failed.message}",
        where=where,
        fix="check the network and your access to that repository, then run it again",
    )


def fetch(url: str, revision: str, *, into: Path, variables: Mapping[str, str]) -> str:
    """Create a repository with one commit of a remote one, without its files, and return the commit's id.

    Args:
        revision: `refs/tags/NAME`, or a full commit id.
        into: an empty folder.
        variables: as for `git.run_remote`.

    Raises:
        BadInput: the remote repository does not have it. RemoteFailed: that cannot be reached, or asks for a password.
    """
    where = url.partition("?")[0]
    git.run(into, "init", "--quiet", environment=dict(variables))
    options = ("--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules")
    try:
        git.run_remote("-C", str(into), "fetch", *options, "--", url, revision, variables=variables)
    except ToolFailed as failed:
        if "couldn't find remote ref" in failed.said or "not our ref" in failed.said:
            message = f"the repository has no {revision.removeprefix('refs/')}"
            raise BadInput(message, where=where, fix="name a tag that exists, or a full commit id") from failed
        raise _unreachable(failed, url, "fetch from") from failed
    return git.run(into, "rev-parse", "FETCH_HEAD^{commit}").strip()
