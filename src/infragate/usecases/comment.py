"""`inv comment`: what the verbs reported, as one comment on the pull request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infragate.adapters.github import sticky_comment
from infragate.adapters.github.sticky_comment import Posted
from infragate.adapters.local import files, schemas, settings
from infragate.domain import neutral
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput

VERBS = ("plan", "gate", "cost-check")
_KEY = re.compile(r"(?!.*--)[A-Za-z0-9][A-Za-z0-9._/-]{0,58}[A-Za-z0-9]")
_LIMIT = 128 * 2**20  # bytes of a report
_MOST = 120  # files; each has at least its title in the comment
_ADDRESS = 300  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentReports:
    """The JSON documents of the verbs about one Environment, by verb; those that ended in an error have no result."""

    name: str
    documents: dict[str, dict[str, Any]]

    def result(self, verb: str) -> dict[str, Any] | None:
        return self.documents.get(verb, {}).get("result")

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [document for document in self.documents.values() if document["error"] is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """What goes into the comment.

    Attributes:
        commit: the one that was planned; "" if no report says it.
        texts: Markdown as it is to be shown.
    """

    environments: tuple[EnvironmentReports, ...]
    commit: str
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRequest:
    """Where to write what.

    Attributes:
        render: the whole text of the comment, from the present one; None if there is none.
    """

    project: Project
    pull_request: int
    marker: str
    reports: Reports
    render: Callable[[str | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentResult:
    """The comment, as it is now."""

    pull_request: int
    posted: Posted
    reports: Reports


def run(request: CommentRequest) -> CommentResult:
    """Write the comment, or bring it up to date.

    Raises:
        BadInput: no token and no App. RemoteFailed: GitHub refuses or cannot be reached.
    """
    github = request.project.github
    posted = sticky_comment.post(
        f"{github.owner}/{github.repository}", request.pull_request, marker=request.marker, text=request.render
    )
    return CommentResult(pull_request=request.pull_request, posted=posted, reports=request.reports)


def read(paths: Iterable[Path], texts: Iterable[Path]) -> Reports:
    """Read the files of `--report` and `--markdown`.

    Raises:
        BadInput: a file is not what it should be, or two of them do not fit together.
    """
    paths, texts = list(paths), list(texts)
    if not 0 < len(paths) + len(texts) <= _MOST:
        message = "too many files for one comment" if paths or texts else "there is nothing to say"
        fix = f"give up to {_MOST} files: --document FILE, which --report of plan, gate or cost-check wrote"
        raise BadInput(f"comment: {message}", where="command line", fix=fix)
    environments: dict[str, EnvironmentReports] = {}
    commits: dict[str, Path] = {}
    for path in paths:
        document = _document(path)
        verb, name = document["verb"], document["environment"] or "plan"
        known = environments.setdefault(name, EnvironmentReports(name=name, documents={})).documents
        if verb in known:
            raise BadInput(f"two reports of {verb} for {name}", where=str(path), fix="give the newer one only")
        known[verb] = document
        if commit := _commit(document):
            commits[commit] = path
    if len(commits) > 1:
        where, fix = str(list(commits.values())[-1]), "give documents of one run"
        raise BadInput(f"reports of different commits: {', '.join(commits)}", where=where, fix=fix)
    return Reports(environments=tuple(environments.values()), commit="".join(commits), texts=tuple(map(_text, texts)))


def pull_request(number: str) -> int:
    """The number of the pull request, from the flag or the setting."""
    value = number or settings.actor().pull_request or ""
    if not re.fullmatch(r"[1-9][0-9]{0,9}", value):
        problem = f"--pull-request is not a number: {value[:40]}" if value else "--pull-request is required"
        raise BadInput(f"comment: {problem}", where="command line", fix="add --pull-request with its number")
    return int(value)


def key(name: str) -> str:
    """The key of the comment."""
    if not _KEY.fullmatch(name):
        fix = "use up to 60 letters, digits, dots, slashes and single hyphens"
        raise BadInput("comment: --key would not fit into a hidden line", where="command line", fix=fix)
    return name


def page_of_run() -> str | None:
    """The address of this run of GitHub Actions."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    known = settings.subset(names)
    if len(known) < len(names):
        return None
    server, repository, number = (known[name] for name in names)
    address = f"{server}/{repository}/actions/runs/{number}"
    return address if neutral.is_web(address) and len(address) <= _ADDRESS else None


def _document(path: Path) -> dict[str, Any]:
    content = files.content(path, limit=_LIMIT)
    fix = f"give a file that --report of {', '.join(VERBS)} wrote"
    if content is None:
        raise BadInput("there is no such report", where=str(path), fix=fix)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadInput("the report is not JSON", where=str(path), fix=fix) from error
    schemas.check(document, "documents", lambda _key: str(path))
    if document["verb"] not in VERBS:
        raise BadInput(f"a report of {document['verb']} cannot be shown", where=str(path), fix=fix)
    return dict(document)


def _commit(document: dict[str, Any]) -> str | None:
    """Only a plan says its commit."""
    result = document["result"]
    return result["manifest"]["commit"] if document["verb"] == "plan" and result else None


def _text(path: Path) -> str:
    text = files.read(path)
    if text is None:
        raise BadInput("there is no such file", where=str(path), fix="give a file of Markdown, as of gate --markdown")
    return text
