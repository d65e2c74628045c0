"""The policy bundle: the files that judge a change, read from where the change cannot edit them.

In this order: INFRAGATE_TRUSTED_ROOT (a folder of the server); the commit that `--policy-ref` names; the base branch as the
clone has it; the checkout itself, where there is no base branch (a repository without a remote).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters import git, git_merge
from infragate.adapters.local import (
    clock,
    environments_file,
    files,
    locks,
    own_folder,
    settings,
    tree_digest,
    trust,
)
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput, Locked

FOLDER = "policy"
CHECKOUT = "."  # as --policy-ref: the files of the checkout as they are, for people who write policies
_BASE_NAMES = ("GITHUB_BASE_REF", "BASE_BRANCH_NAME")  # of GitHub Actions, of Atlantis
JUDGING = "INFRAGATE_BASE_BRANCHES"  # those that may judge a pull request, separated by commas
_REMOTES = "refs/remotes/"
_USUAL_BASES = ("origin/HEAD", "origin/main", "origin/master")
_AS_STORED = ("-c", "core.autocrlf=false", "-c", "core.symlinks=false")  # a link becomes a file with its target's name

# Copies of the policy of a commit. The last ones: of the base branch now and before, and of a few `--policy-ref`. Each can
# be made again from git. A run that uses one is over in a day.
_KEPT, _UNUSED_SECONDS = 4, 86_400
_MAKING, _LOCK, _PATIENCE = ".making-", ".lock", 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyBundle:
    """A trusted copy of `policy/`.

    Attributes:
        folder: the folder above `policy/`.
        origin: where it is from, for people.
        commit: None if it is not from a commit.
        digest: of all its files.
        changed: files of `policy/` that differ in the checkout: there they have no effect.
    """

    folder: Path
    origin: str
    commit: str | None
    digest: str
    changed: tuple[str, ...] = ()

    def pins(self, root: Path) -> Path:
        """The folder whose `policy/tools/tools.lock` pins programs; the checkout, where the base has no policy yet.

        With a trusted root it is the checkout, too: the lock file of a checkout is read from its trusted root.
        """
        return self.folder if self.commit and any((self.folder / FOLDER).iterdir()) else root


def bundle(root: Path, *, ref: str | None = None) -> PolicyBundle:
    """The policy bundle for a checkout.

    Args:
        ref: a revision to read it from, as `--policy-ref`.

    Raises:
        BadInput: the revision, or the base branch of a pull request, is not in the clone; both a trusted root and `ref`.
        ToolFailed: git is missing or refuses the checkout.
    """
    trusted = trust.root(root)
    if trusted != root:
        if ref is not None:
            raise BadInput(
                f"--policy-ref has no effect while {trust.SETTING} is set",
                where="command line",
                fix="leave one of them",
            )
        return _of_folder(trusted, root, origin=trust.origin(trusted))
    if ref == CHECKOUT:
        return _of_folder(root, root, origin="this checkout, as --policy-ref says")
    if ref is not None:
        return _of_commit(root, _revision(root, ref, where="--policy-ref"), origin=ref)
    base = _base(root)
    if base is None:
        return _of_folder(root, root, origin="this checkout: it has no base branch")
    name, commit = base
    return _of_commit(root, commit, origin=f"the base branch {name}")


def refuse_own_policy(root: Path, ref: str | None) -> None:
    """Refuse an apply by a policy that the change could have written: only the base branch has one that it could not.

    Args:
        ref: as for `bundle`.

    Raises:
        BadInput: the revision is not in the clone, or not a commit of the base branch.
    """
    base = None if ref is None else base_branch(root)
    if ref is None or base is None:
        return
    commit = None if ref == CHECKOUT else _revision(root, ref, where="--policy-ref")
    if commit is None or not git_merge.contains(root, f"refs/remotes/{base}", commit):
        message = f"an apply is judged by a policy of the base branch, and --policy-ref {ref} is not in {base}"
        raise BadInput(message, where="--policy-ref", fix="leave it out, or name a commit of that branch")


def protects(trusted: PolicyBundle, environment: Environment) -> bool:
    """True if an Environment is protected, here or where the policy is from: a change cannot lift that for itself."""
    if environment.protected or trusted.commit is None or not (trusted.folder / environments_file.RELATIVE).is_file():
        return environment.protected
    try:
        known = environments_file.load(trusted.folder).environments
    except BadInput:  # of an older schema
        return True
    return any(entry.protected for entry in known if entry.name == environment.name)


def base_branch(root: Path) -> str | None:
    """The base branch of a change, as the clone has it (`origin/main`); None without one.

    Raises:
        BadInput: the job names one that may not judge.
    """
    return next(iter(_base_branches(root, _named_base(root))), None)


def _base_branches(root: Path, named: str | None) -> dict[str, str]:
    """Those of the possible base branches that the clone has, and their newest commits; the first one counts."""
    names = (f"origin/{named}",) if named else _USUAL_BASES
    commits = git.refs(root, *(f"{_REMOTES}{name}" for name in names))
    return {ref.removeprefix(_REMOTES): commit for ref, commit in commits.items()}


def _named_base(root: Path) -> str | None:
    """The base branch that the job names."""
    named = next((name for name in map(settings.read, _BASE_NAMES) if name), None)
    if named is not None:
        refuse_base(root, named)
    return named


def refuse_base(root: Path, name: str) -> None:
    """Refuse a base branch that may not judge: the author of a pull request chooses it, and may be its only reader.

    Raises:
        BadInput: it may not.
    """
    default = (git.current_branch(root, "refs/remotes/origin/HEAD") or "").removeprefix("origin/")
    allowed = [entry.strip() for entry in (settings.read(JUDGING) or "").split(",") if entry.strip()]
    if name not in (allowed or ["main", "master", default]):
        raise BadInput(
            f"the base branch {name} may not judge a change",
            where=f"pull request into {name}",
            fix=f"open it against the default branch, or set {JUDGING}={name} on the server (docs/gate.md)",
        )


def _base(root: Path) -> tuple[str, str] | None:
    """The base branch and its newest commit; None without one.

    Not the commit where the change left it: its author chooses that, and what was tightened since would not count.

    Raises:
        BadInput: this is a pull request, and its base branch is not in the clone, or is the change itself.
    """
    named = _named_base(root)
    branch, commit = next(iter(_base_branches(root, named).items()), (None, None))
    if branch is None or commit is None:
        if named is None:
            return None
        message = f"the base branch {named} is not in this clone, so its policy cannot be read"
        raise BadInput(message, where=f"origin/{named}", fix=f"git fetch origin {named}")
    if named and commit == git.revision(root, "HEAD"):  # of a fork, whose main is the change
        message = f"the base branch {named} of this clone is the change itself: it cannot judge it"
        raise BadInput(message, where=branch, fix=f"clone the repository of the pull request, or set {trust.SETTING}")
    return branch, commit


def _revision(root: Path, name: str, *, where: str) -> str:
    commit = git.revision(root, name)
    if commit is None:
        raise BadInput(f"no commit {name!r} in this clone", where=where, fix="git fetch origin, or name another one")
    names = [f"refs/{kind}/{name}" for kind in ("remotes", "heads", "tags")]
    if any(git.revision(root, full) not in (None, commit) for full in names):
        fix = "write it in full (refs/remotes/origin/main), or the commit's id"  # git would take the tag
        raise BadInput(f"{name!r} is a branch and a tag", where=where, fix=fix)
    return commit


def _of_commit(root: Path, commit: str, *, origin: str) -> PolicyBundle:
    folder = own_folder.of(root) / "policies" / commit
    if not _is_kept(folder):
        above = files.private_folder(folder.parent)
        making = Path(tempfile.mkdtemp(prefix=_MAKING, dir=above))
        try:
            git.export(root, commit, FOLDER, _AS_STORED, into=making / FOLDER)
            if (environments := git.file_at(root, commit, environments_file.RELATIVE.as_posix())) is not None:
                files.write(making / environments_file.RELATIVE, environments)
            with suppress(OSError):  # another run was quicker
                making.rename(folder)  # whole or not at all
        finally:
            shutil.rmtree(making, ignore_errors=True)
        _prune(folder)
    return _of_folder(folder, root, origin=f"{origin} ({commit[:12]})", commit=commit)


def _is_kept(folder: Path) -> bool:
    """True if a bundle is there; it is then noted that a run uses it."""
    with _turn(folder.parent):
        if is_there := folder.is_dir():
            os.utime(folder)
        return is_there


def _prune(newest: Path) -> None:
    """Remove the bundles that no run has used for a day, but the last few; and copies that were broken off."""
    above, until = newest.parent, clock.now().timestamp() - _UNUSED_SECONDS
    with _turn(above):
        kept = sorted(_bundles(above), key=lambda path: path.stat().st_mtime, reverse=True)[:_KEPT]
        for path in set(above.iterdir()) - {*kept, newest, above / _LOCK}:
            if path.lstat().st_mtime < until:  # renamed first: one that is removed by half is not taken for the whole
                going = path if path.name.startswith(_MAKING) else path.rename(above / f"{_MAKING}{path.name}")
                shutil.rmtree(going, ignore_errors=True)


def _bundles(above: Path) -> list[Path]:
    return [path for path in above.iterdir() if path.is_dir() and not path.name.startswith(".")]


def _turn(above: Path) -> AbstractContextManager[None]:
    """A run that finds a bundle and one that removes it take turns; both are a matter of milliseconds."""
    busy = Locked("another run is removing old copies of the policy", where=str(above), fix="run it again")
    return locks.hold(files.private_folder(above) / _LOCK, lambda: busy, patience=_PATIENCE)


def _of_folder(folder: Path, root: Path, *, origin: str, commit: str | None = None) -> PolicyBundle:
    theirs = _digests(folder)
    own = theirs if folder == root else _digests(root)
    return PolicyBundle(
        folder=folder,
        origin=origin,
        commit=commit,
        digest=tree_digest.of_rows([name, digest] for name, digest in theirs.items()),
        changed=tuple(sorted(name for name in {*own, *theirs} if own.get(name) != theirs.get(name))),
    )


def _digests(folder: Path) -> dict[str, str]:
    """The digest of each file below `policy/`, by name."""
    policy = files.unlinked(folder, FOLDER)
    if not policy.is_dir():
        return {}
    entries = tree_digest.walk(policy, skip=lambda _name: False, above=f"{FOLDER}/")
    rows = [tree_digest.row(name, entry.path) for name, entry in entries if not entry.is_dir(follow_symlinks=False)]
    return {row[0]: "\0".join(row[1:]) for row in rows}
