"""The only owner of git.

Every function raises ToolFailed if git is missing, or refuses (a checkout of another owner, a damaged repository).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import settings
from infragate.adapters.process import children
from infragate.domain.errors import RemoteFailed, ToolFailed

# A foreign repository must not run programs: no hooks, no pagers, no file system monitors, no prompts.
_SAFE = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.pager=cat")
_OTHER_OWNER = re.compile(r"git config --global --add safe\.directory .+")  # git's own advice
_TIMEOUT = 60.0
# Commits ahead of and behind the upstream are not counted: that is slow in a long history.
_STATUS = ("status", "--porcelain=v2", "--branch", "--no-ahead-behind", "--untracked-files=no", "-z")
_COMMIT = "# branch.oid "
_BEFORE_NAME = {"1": 8, "u": 10}  # fields of an entry of the status
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    # Search across mount points too, so that "not a git repository" is the same message everywhere.
    "GIT_DISCOVERY_ACROSS_FILESYSTEM": "1",
    "LC_ALL": "C",
}
# The address of a module must not start a program (`ext::`).
_REMOTE = {"GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}


def run(folder: Path, *args: str, environment: dict[str, str] | None = None) -> str:
    """Run a git command and return its stdout."""
    env = settings.child_environment(**_ENVIRONMENT, **(environment or {}))
    try:
        return children.run(["git", *_SAFE, "-C", str(folder), *args], env=env, timeout=_TIMEOUT).stdout
    except ToolFailed as failed:
        if cure := _OTHER_OWNER.search(failed.said):
            message = "git refuses the checkout: it belongs to another user"
            raise failed.amended(message=message, where=str(folder), fix=cure[0]) from None
        raise


def _in_repository(folder: Path, *args: str) -> str | None:
    """As `run`; None if the folder is not in a git repository."""
    try:
        return run(folder, *args)
    except ToolFailed as failed:
        if "not a git repository" in failed.message:
            return None
        raise


def _unless_refused(folder: Path, *args: str) -> str | None:
    """As `run`; None if git refuses."""
    try:
        return run(folder, *args)
    except ToolFailed:
        return None


def head_commit(folder: Path) -> str | None:
    """The commit id of HEAD; None when the folder is not in a git repository or has no commit."""
    return _commit_of(_in_repository(folder, *_STATUS) or "")


def _commit_of(status: str) -> str | None:
    commit = next((line.removeprefix(_COMMIT) for line in status.split("\0") if line.startswith(_COMMIT)), "(initial)")
    return None if commit == "(initial)" else commit


def run_remote(*args: str, variables: Mapping[str, str]) -> str:
    """Run a git command that talks to another repository, and return its stdout.

    Args:
        variables: added to git's environment (the sandbox redirects module addresses to a local repository).
    """
    env = settings.child_environment(**{**_ENVIRONMENT, **_REMOTE, **variables})
    return children.run(["git", *_SAFE, *args], env=env, timeout=_TIMEOUT).stdout


def tracks(folder: Path, path: str) -> bool:
    """True if a file at or below `path` is committed or staged."""
    return bool(_in_repository(folder, "ls-files", "-z", "--", f":(literal){path}"))


def version() -> str:
    """The output of `git --version`."""
    return children.run(["git", "--version"], env=settings.child_environment(), timeout=_TIMEOUT).stdout.strip()


def uncommitted(root: Path) -> tuple[str, ...]:
    """Paths with uncommitted changes: tracked files that changed, and new files in infra/ and modules/."""
    return head_and_changes(root)[1]


def head_and_changes(root: Path) -> tuple[str | None, tuple[str, ...]]:
    """As `head_commit` and `uncommitted`; the commit and what changed in its files are of the same moment."""
    status = run(root, *_STATUS, "--no-renames", "--ignore-submodules=untracked")
    new = run(root, "ls-files", "--others", "--exclude-standard", "-z", "--", "infra", "modules")
    entries = [entry for entry in status.split("\0") if entry and not entry.startswith("# ")]
    changed = (entry.split(" ", _BEFORE_NAME.get(entry[0], 0))[-1] for entry in entries)
    return _commit_of(status), tuple(dict.fromkeys([*changed, *(name for name in new.split("\0") if name)]))


@contextmanager
def draft(root: Path, place: Path, *, commit: str = "HEAD") -> Iterator[Path]:
    """A second worktree, without a branch. It is removed at the end; one left by a killed run is removed first."""
    shutil.rmtree(place, ignore_errors=True)  # `--force` takes its entry in the repository over
    place.parent.mkdir(parents=True, exist_ok=True)
    run(root, "worktree", "add", "--quiet", "--detach", "--force", str(place), commit)
    try:
        yield place
    finally:
        discard(root, place)


def discard(root: Path, place: Path) -> None:
    """Remove a draft if it exists."""
    shutil.rmtree(place, ignore_errors=True)
    run(root, "worktree", "prune")


def commit_all(folder: Path, message: str, *, author: str) -> str:
    """Commit all changes of a checkout and return the commit id.

    Args:
        author: used when git has no user name configured.
    """
    identity = [] if _has_identity(folder) else ["-c", f"user.name={author}", "-c", f"user.email={author}@localhost"]
    run(folder, "add", "--all")
    # Signing may ask for a passphrase, and stdin is closed.
    run(folder, *identity, "-c", "commit.gpgsign=false", "commit", "--quiet", "--message", message)
    return run(folder, "rev-parse", "HEAD").strip()


def user_email(folder: Path) -> str | None:
    """The e-mail address of git's user; None if none is configured."""
    return (_unless_refused(folder, "config", "user.email") or "").strip() or None


def _has_identity(folder: Path) -> bool:
    listing = _unless_refused(folder, "config", "--null", "--get-regexp", r"^user\.(email|name)$") or ""
    values = dict(entry.partition("\n")[::2] for entry in listing.split("\0"))  # the last one of a name counts
    return all(values.get(name, "").strip() for name in ("user.email", "user.name"))


def set_branch(root: Path, name: str, commit: str) -> None:
    """Create a local branch, or move it to the commit.

    Raises:
        ToolFailed: the name is not valid, or the branch is checked out in a worktree.
    """
    run(root, "branch", "--force", "--no-track", name, commit)


def delete_branch(root: Path, name: str) -> None:
    """Remove a local branch, merged or not."""
    run(root, "branch", "--quiet", "-D", name)


def switch(root: Path, name: str, commit: str) -> None:
    """Check out a branch, which is created at the commit or moved to it; changes that are not committed stay.

    Raises:
        ToolFailed: a file that is not committed would be overwritten.
    """
    run(root, "switch", "--quiet", "--no-track", "--force-create", name, commit)


def tree_of(root: Path, commit: str, path: str) -> str:
    """The id of a folder's content in a commit."""
    return run(root, "rev-parse", f"{commit}:{path}").strip()


def current_branch(root: Path, ref_name: str = "HEAD") -> str | None:
    """The current branch, or the one that another symbolic ref names; None for a detached HEAD."""
    name = _unless_refused(root, "symbolic-ref", "--quiet", "--short", ref_name)
    return name and name.strip()


def difference(root: Path, commit: str) -> str:
    """The changes of one commit, as a patch."""
    return run(root, "show", "--format=", "--no-ext-diff", "--no-textconv", commit)


def revision(root: Path, name: str) -> str | None:
    """The commit id of a revision; None when it does not exist."""
    if name.startswith("-"):
        return None
    commit = _unless_refused(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return commit and commit.strip()


def export(root: Path, commit: str, path: str, options: tuple[str, ...], *, into: Path) -> None:
    """Write the files of a folder as a commit has them; nothing if the commit does not have the folder.

    The checkout's own `.gitattributes` have no part in it: a change could write the files in another encoding.

    Args:
        options: further `-c NAME=VALUE` arguments.
    """
    into.mkdir(parents=True)
    apart = {"GIT_WORK_TREE": str(into), "GIT_INDEX_FILE": str(into.with_name("index"))}
    try:
        run(root, *options, "read-tree", f"{commit}:{path}", environment=apart)
    except ToolFailed:
        if path and _object(root, commit, path) is None:
            return
        raise
    run(root, *options, "checkout-index", "--all", "--force", environment=apart)


def file_at(root: Path, commit: str, path: str) -> str | None:
    """The text of a file in a commit; None when the commit does not have it, or the clone not the commit."""
    if commit.startswith("-"):
        return None
    if (text := _unless_refused(root, "cat-file", "blob", f"{commit}:{path}")) is not None:
        return text
    try:  # find out why it was refused
        blob = _object(root, commit, path)
    except ToolFailed:
        if revision(root, commit):
            raise
        return None
    return blob and run(root, "cat-file", "blob", blob)


def _object(root: Path, commit: str, path: str) -> str | None:
    row = run(root, "ls-tree", "--full-tree", commit, "--", path.rstrip("/"))  # "MODE TYPE ID", a tab, the name
    return row.split()[2] if row else None


def present(root: Path, commit: str, names: Sequence[str]) -> frozenset[str]:
    """Those of these files that a commit has, by one git process for all of them."""
    listing = run(root, "ls-tree", "--full-tree", "--name-only", "-z", commit, "--", *names)
    return frozenset(names).intersection(listing.split("\0"))


def files_of(folder: Path, commit: str) -> dict[str, tuple[str, str]]:
    """Mode and blob id of each file of a commit; none if the clone does not have it. Nothing is fetched."""
    listing = _unless_refused(folder, "ls-tree", "-r", "-z", "--full-tree", commit) or ""
    entries = (line.partition("\t") for line in listing.split("\0") if line)
    return {name: (mode, blob) for fields, _, name in entries for mode, _, blob in [fields.split()]}


def history(root: Path, path: str, *, limit: int) -> tuple[str, ...]:
    """The ids of the commits that changed a file, newest first."""
    return tuple(run(root, "log", "--format=%H", f"--max-count={limit}", "HEAD", "--", path).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """A file in which two commits differ: its blob ids, None where it does not exist."""

    name: str
    before: str | None
    after: str | None


def changed_files(root: Path, before: str, after: str) -> tuple[ChangedFile, ...]:
    """The files in which two commits differ; submodules too, whatever `.gitmodules` says."""
    options = ("--raw", "--no-abbrev", "--no-renames", "-z", "--ignore-submodules=none")
    fields = iter(run(root, "diff", *options, before, after, "--").split("\0"))
    pairs = zip(fields, fields, strict=False)  # ":100644 100644 OLD NEW M", then the name
    return tuple(
        ChangedFile(name=name, before=_blob(state.split()[2]), after=_blob(state.split()[3])) for state, name in pairs
    )


def _blob(name: str) -> str | None:
    return name if name.strip("0") else None


def blob_of(root: Path, name: str) -> str:
    """The blob id that a file of the checkout would have in a commit."""
    return run(root, "hash-object", "--", name).strip()


def write_blob(root: Path, name: str, blob: str, out: Path) -> None:
    """Write a blob's bytes to a file, as a checkout writes them to `name`."""
    argv = ["git", *_SAFE, "-C", str(root), "cat-file", "--filters", f"--path={name}", blob]
    children.run(argv, env=settings.child_environment(**_ENVIRONMENT), timeout=_TIMEOUT, transcript=out)


def refs(root: Path, *names: str) -> dict[str, str]:
    """The commit ids of those of these refs that exist, in this order; none outside of a git repository."""
    listing = _in_repository(root, "for-each-ref", "--format=%(refname) %(objectname)", *names) or ""
    commits = dict(line.split() for line in listing.splitlines())
    return {name: commits[name] for name in names if name in commits}


def note(root: Path, ref_name: str, *, tree: str, parent: str) -> None:
    """Point a ref at a new commit with the files of `tree` and one parent."""
    identity = ["-c", "user.name=infragate", "-c", "user.email=infragate@localhost"]
    commit = run(root, *identity, "commit-tree", f"{tree}^{{tree}}", "-p", parent, "-m", "change").strip()
    run(root, "update-ref", ref_name, commit)


def push(root: Path, branch: str) -> None:
    """Push a branch to `origin`. It only replaces the commit that was last pushed there or fetched from there.

    Raises:
        RemoteFailed: no origin, or it refuses the push.
    """
    name, pushed = f"refs/heads/{branch}", f"refs/infragate/sent/{branch}"
    # A single-branch clone has no remote-tracking ref for it, so our own ref keeps the pushed commit.
    known = run(root, "for-each-ref", "--format=%(objectname)", f"refs/remotes/origin/{branch}", pushed).split()
    lease = f"--force-with-lease={name}:{known[-1] if known else ''}"
    try:
        run(root, "push", "--quiet", lease, "origin", f"{name}:{name}")
    except ToolFailed as failed:
        raise RemoteFailed(
            f"the branch could not be pushed: {failed.message}",
            where="origin",
            fix=f"git push origin {branch} says why; commits that somebody else pushed are not replaced",
        ) from failed
    run(root, "update-ref", pushed, name)


def start(folder: Path, *, author: str) -> None:
    """Create a repository in a folder, with one commit of all its files."""
    run(folder, "init", "--quiet", "--initial-branch=main")
    commit_all(folder, "start", author=author)
