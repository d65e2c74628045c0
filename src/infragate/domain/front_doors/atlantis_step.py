"""What a step of Atlantis' custom workflow is about, read from the variables that Atlantis sets for it.

The pull request chooses some of their values (branch, folder, names of project and workspace), so each value has one
allowed form, and the name of the project is not read at all: a pull request can rename it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infragate.domain.errors import BadInput
from infragate.domain.shortening import cut

NAMES = (
    "BASE_BRANCH_NAME BASE_REPO_NAME BASE_REPO_OWNER COMMENT_ARGS DIR HEAD_COMMIT HEAD_REPO_NAME HEAD_REPO_OWNER PLANFILE "
    "PULL_NUM REPO_REL_DIR USER_NAME WORKSPACE"
).split()
_OPTIONAL = {"COMMENT_ARGS"}
_FORMS = {
    "BASE_REPO_OWNER": (re.compile(r"[A-Za-z0-9_.-]{1,100}"), "the name of an owner"),
    "BASE_REPO_NAME": (re.compile(r"[A-Za-z0-9_.-]{1,100}"), "the name of a repository"),
    "HEAD_COMMIT": (re.compile(r"[0-9a-f]{40}"), "a commit id"),
    "PULL_NUM": (re.compile(r"[1-9][0-9]{0,9}"), "the number of a pull request"),
    "USER_NAME": (re.compile(r"[A-Za-z0-9_.\[\]-]{1,100}"), "the name of a user"),
    "WORKSPACE": (re.compile(r"default"), "the workspace `default`, the only one that a Stack has"),
    "PLANFILE": (re.compile(r"/[^\x00-\x1f\x7f]*\.tfplan"), "an absolute path of a plan file"),
    "DIR": (re.compile(r"/[^\x00-\x1f\x7f]*"), "an absolute path"),
    "REPO_REL_DIR": (re.compile(r"[A-Za-z0-9_.@ -]+(/[A-Za-z0-9_.@ -]+)*"), "the path of a folder in the repository"),
}
_SERVER = "docs/atlantis-setup.md, 'The steps'"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtlantisStep:
    """One step of one project of a pull request.

    Attributes:
        repository: `owner/name`; pull_request: its number there.
        user: who opened the pull request, pushed to it, or wrote the comment.
        base_branch: as the pull request names it; whether it may judge is not decided here.
        commit: the head that Atlantis says it works on.
        root: the clone; directory: the project's folder in it.
        plan_file: where Atlantis looks for the plan of this project.
    """

    repository: str
    pull_request: str
    user: str
    base_branch: str
    commit: str
    root: Path
    directory: str
    plan_file: Path


def parse(variables: Mapping[str, str]) -> AtlantisStep:
    """The step that these variables describe.

    Raises:
        BadInput: one is missing or has another form; the pull request is from a fork; the comment has arguments.
    """
    if missing := [name for name in NAMES if name not in _OPTIONAL and not variables.get(name)]:
        message = f"this is not a step of Atlantis: {', '.join(missing)} not set"
        raise BadInput(message, where="environment", fix=f"only an Atlantis server runs this verb: {_SERVER}")
    for name, (form, words) in _FORMS.items():
        if not form.fullmatch(variables[name]):
            raise _refused(f"{name} is not {words}: {cut(repr(variables[name]), 200)}", name)
    if arguments := variables.get("COMMENT_ARGS"):
        told = cut(repr(arguments.replace("\\", "")), 200)
        raise _refused(f"arguments behind -- in the comment are not taken: {told}", "COMMENT_ARGS")
    repository = f"{variables['BASE_REPO_OWNER']}/{variables['BASE_REPO_NAME']}"
    if (head := f"{variables['HEAD_REPO_OWNER']}/{variables['HEAD_REPO_NAME']}") != repository:
        raise _refused(f"the pull request is from a fork: {cut(repr(head), 200)}", "HEAD_REPO_OWNER")
    return AtlantisStep(
        repository=repository,
        pull_request=variables["PULL_NUM"],
        user=variables["USER_NAME"],
        base_branch=variables["BASE_BRANCH_NAME"],
        commit=variables["HEAD_COMMIT"],
        root=_root(variables["DIR"], variables["REPO_REL_DIR"]),
        directory=variables["REPO_REL_DIR"],
        plan_file=Path(variables["PLANFILE"]),
    )


def _root(folder: str, directory: str) -> Path:
    """The clone: the project's folder without its path in the repository."""
    root = folder.removesuffix(f"/{directory}")
    plain = posixpath.normpath(directory) == directory and ".." not in directory.split("/")
    if not plain or root == folder or not root or posixpath.normpath(root) != root:
        raise _refused(f"DIR does not end with REPO_REL_DIR: {cut(repr(folder), 200)}", "DIR")
    return Path(root)


def _refused(message: str, name: str) -> BadInput:
    return BadInput(message, where=name, fix=_SERVER)
