"""The rules for a step: the base branch as it is now, and the settings of the run that follow from Atlantis' variables.

The clone of the pull request lacks the base branch, or has it as of Atlantis' last merge. The step fetches it into a
folder of its own, with the address and the key of the clone.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from infragate.adapters import base_branch, git, git_merge, policy_bundle
from infragate.adapters.base_branch import BaseBranch
from infragate.adapters.local import clock, files, own_folder, settings, trust
from infragate.domain.command import Say
from infragate.domain.environment import Environment, Project
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.front_doors.atlantis_step import AtlantisStep

_KEPT_SECONDS = 24 * 3600.0  # of a base that is no longer the newest: a step beside this one may read it
_AS_STORED = ("-c", "core.autocrlf=false", "-c", "core.symlinks=false")


def adopt(step: AtlantisStep, *, say: Say) -> None:
    """Set up the rest of this run for the step: its clone, its pull request and user, and the base branch as the judge.

    Raises:
        BadInput: the base branch may not judge, or does not exist. Integrity: the clone is not at the step's commit.
        RemoteFailed: the base branch cannot be fetched.
    """
    _refuse_branch(step.base_branch)
    _refuse_other_commit(step)
    if settings.read(trust.SETTING) is None:
        folder = _fetched(step, say)
        origin = f"the base branch {step.base_branch} ({folder.name[:12]})"
        settings.adopt(**{trust.SETTING: str(folder), trust.ORIGIN: origin})
    settings.adopt(
        INFRAGATE_ROOT=str(step.root),
        INFRAGATE_PULL_REQUEST=step.pull_request,
        INFRAGATE_ACTOR=step.user,
        **_github(),
    )


def environment(project: Project, step: AtlantisStep) -> Environment:
    """The Environment whose folder the step is about, by the settings of the base branch.

    Raises:
        BadInput: there is none; the pull request is in another repository than the project's.
    """
    github = f"{project.github.owner}/{project.github.repository}"
    if step.repository.lower() != github.lower():
        message = f"this is a pull request of {step.repository}, and {project.file} is of {github}"
        raise BadInput(message, where=project.file, fix="correct `github` there, or the allow list of the server")
    for candidate in project.environments:
        if candidate.directory == step.directory:
            return candidate
    known = ", ".join(candidate.directory for candidate in project.environments)
    message = f"no Environment of the base branch has the folder {step.directory}; those are {known}"
    raise BadInput(message, where=project.file, fix="merge a new Environment first, then plan it (docs/trust.md)")


def _github() -> dict[str, str]:
    """Token and address of GitHub's API, as the server has them, where ours are not set."""
    token, host = settings.read("ATLANTIS_GH_TOKEN"), settings.read("ATLANTIS_GH_HOSTNAME")
    given = {
        "GITHUB_TOKEN": token,
        "GITHUB_API_URL": f"https://{host}/api/v3" if host and host != "github.com" else None,
    }
    return {name: value for name, value in given.items() if value and settings.read(name) is None}


def _refuse_other_commit(step: AtlantisStep) -> None:
    """Refuse a clone of another commit: a new clone has the tip of the branch, which may be newer than the step's commit.

    With the merge strategy HEAD merges the head of the pull request into the base branch, whose commit is the first parent:
    anything else there would be a commit of the branch that nobody has looked at.
    """
    head, *parents = git_merge.head_and_parents(step.root) or (None,)
    if head == step.commit:
        return
    merges = parents[1:] == [step.commit] and git_merge.contains(
        step.root, f"refs/remotes/origin/{step.base_branch}", parents[0]
    )
    if not merges:
        raise Integrity(
            f"the clone is at {head[:12] if head else 'no commit'}, and Atlantis works on {step.commit[:12]}",
            where="HEAD_COMMIT",
            fix="the branch was pushed to meanwhile: comment `atlantis plan`",
        )


def _fetched(step: AtlantisStep, say: Say) -> Path:
    """A folder with the files of the newest commit of the base branch, named by it."""
    above = files.private_folder(own_folder.of(step.root) / "base")
    base = base_branch.of_clone(step.root, step.base_branch)
    commit = base.newest(outside=above)
    if commit is None or not (above / commit).is_dir():
        commit = _exported(base, above)
    say(f"judged by {step.base_branch} at {commit[:12]}")
    folder = above / commit
    _sweep(above, folder)
    return folder


def _exported(base: BaseBranch, above: Path) -> str:
    """Fetch the newest commit of the base branch, write its files to a folder named by it, and return it."""
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=above))
    try:
        repository = files.private_folder(making / "repository")
        commit = base.fetch(into=repository)
        git.export(repository, commit, "", _AS_STORED, into=making / "files")
        with suppress(OSError):  # another step was quicker
            (making / "files").rename(above / commit)  # whole or not at all
        return commit
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _refuse_branch(name: str) -> None:
    """The author of a pull request chooses its base branch, so only some may judge."""
    allowed = [part.strip() for part in (settings.read(policy_bundle.JUDGING) or "main").split(",")]
    if name not in allowed:
        raise BadInput(
            f"the base branch {name!r} may not judge a change; {', '.join(allowed)} may",
            where="BASE_BRANCH_NAME",
            fix=f"open the pull request against one of them, or set {policy_bundle.JUDGING} on the server",
        )


def _sweep(above: Path, newest: Path) -> None:
    oldest = clock.now().timestamp() - _KEPT_SECONDS
    for folder in above.iterdir():
        with suppress(OSError):
            if folder != newest and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
