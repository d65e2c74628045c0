"""Asks for an exception: an entry in `policy/waivers.yaml` of the checkout, and the text of its pull request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from infragate.adapters import git, policy_bundle
from infragate.adapters.github import github_credentials, pull_requests
from infragate.adapters.local import (
    clock,
    codeowners_file,
    files,
    own_folder,
    schemas,
    settings,
    waivers_file,
    waivers_text,
)
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput
from infragate.domain.finding import Waiver
from infragate.domain.gate import waivers
from infragate.domain.gate.waivers import FILE, PAGE, Register

_PAGES = "runbooks/policies"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRequest:
    """What to ask for.

    Attributes:
        address, file: "" for any.
        days: from today.
        owner: "" for the e-mail address of git's user.
        link: "" for the pull request of this run.
        describe: returns title and body of the pull request; None opens none, and writes the entry into the checkout.
    """

    root: Path
    project: Project
    id: str
    address: str
    file: str
    environment: str | None
    reason: str
    days: int
    owner: str
    link: str
    describe: Callable[[WaiverResult], tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverResult:
    """What was written.

    Attributes:
        line: of the entry in the register.
        branch, pull_request: of an opened pull request.
        approvers: the owners of the register; empty if CODEOWNERS names none.
        page: what explains the rule; None if unknown.
    """

    waiver: Waiver
    line: int
    approvers: tuple[str, ...]
    page: str | None
    branch: str | None = None
    pull_request: str | None = None


def run(request: WaiverRequest) -> WaiverResult:
    """Write the entry, or propose it.

    Raises:
        BadInput: the entry would not count, the register has one for the same, or it cannot be edited.
        RemoteFailed: the branch cannot be pushed, or GitHub refuses the pull request.
    """
    if request.environment is not None:
        request.project.environment(request.environment)
    today = clock.now().date()
    entry = _entry(request, today)
    _check(entry)
    waiver = waivers.register({"waivers": [entry]}, file=FILE, lines=(1,)).waivers[0]
    if defect := waivers.defect(waiver, today=today):
        raise BadInput(f"the waiver {defect.message}", where="command line", fix=defect.fix)
    if request.describe is None:
        return _written(request.root, entry, waiver, today)
    return _proposed(request, request.describe, entry, waiver, today)


def _written(root: Path, entry: Mapping[str, str], waiver: Waiver, today: date) -> WaiverResult:
    """Add the entry to the register of a checkout."""
    _refuse_known(waivers_file.load(root, shown_from=root), waiver, today)
    data = files.content(files.unlinked(root, FILE))
    text = waivers_text.EMPTY if data is None else data.decode()
    files.write(root / FILE, waivers_text.with_entry(text, entry).encode())
    owners = codeowners_file.owners_of(lambda name: files.read(root / name))
    page = f"{_PAGES}/{waiver.id}.md"
    return WaiverResult(
        waiver=waiver,
        line=waivers_file.load(root, shown_from=root).lines[-1],
        approvers=owners(FILE) if owners else (),
        page=page if (root / page).is_file() else None,
    )


def _proposed(
    request: WaiverRequest,
    describe: Callable[[WaiverResult], tuple[str, str]],
    entry: Mapping[str, str],
    waiver: Waiver,
    today: date,
) -> WaiverResult:
    """Commit the entry on a branch of the base branch, push it, and open its pull request."""
    root, github = request.root, request.project.github
    github_credentials.read()  # before anything is written
    base = policy_bundle.base_branch(root)
    if base is None:
        raise BadInput("there is no base branch to propose it to", where="origin", fix="git fetch origin main")
    with git.draft(root, own_folder.of(root) / "waiver-request", commit=f"refs/remotes/{base}") as draft:
        result = _written(draft, entry, waiver, today)
        title, body = describe(result)
        commit = git.commit_all(draft, title, author=settings.actor().name)
    branch = f"waiver/{re.sub('[^A-Za-z0-9]+', '-', waiver.id)}-{commit[:8]}"
    git.set_branch(root, branch, commit)
    git.push(root, branch)
    url = pull_requests.open_pull_request(
        f"{github.owner}/{github.repository}",
        branch=branch,
        base=None if base == "origin/HEAD" else base.removeprefix("origin/"),
        title=title,
        body=body,
    )
    return replace(result, branch=branch, pull_request=url)


def _entry(request: WaiverRequest, today: date) -> Mapping[str, str]:
    """The entry, in the order in which people read it; without what was not given."""
    github, pull_request = request.project.github, settings.actor().pull_request
    page = f"https://github.com/{github.owner}/{github.repository}/pull/{pull_request}" if pull_request else ""
    owner, link = request.owner or git.user_email(request.root) or "", request.link or page
    for flag, value, meaning in (
        ("owner", owner, "a person or team that answers for it"),
        ("link", link, "the page where it was agreed, such as an issue"),
    ):
        if not value:
            raise BadInput(
                f"waiver-request: --{flag} is required", where="command line", fix=f"add --{flag}: {meaning}"
            )
    entry = {
        "id": waivers.canonical(request.id),
        "address": request.address,
        "file": request.file,
        "environment": request.environment or "",
        "owner": owner,
        "reason": " ".join(request.reason.split()),
        "link": link,
        "expires": (today + timedelta(days=request.days)).isoformat(),
    }
    return {name: value for name, value in entry.items() if value}


def _check(entry: Mapping[str, str]) -> None:
    """Hold the entry against the schema of the register; its messages are about flags."""
    try:
        schemas.check({"schema_version": 1, "waivers": [entry]}, "waivers", lambda path: f"--{_flag(path)}")
    except BadInput as error:
        listed = [replace(finding, message=_without_place(finding.message)) for finding in error.findings]
        fix = f"{PAGE} says what an entry needs"
        raise error.amended(message=_without_place(error.message), fix=fix).listing(listed) from error


def _without_place(message: str) -> str:
    return re.sub(r"^waivers\.0(\.\w+)?: ", "", message)


def _flag(path: tuple[str, ...]) -> str:
    """The flag of a key of the entry."""
    flags = {
        "environment": "env",
        "expires": "days",
        **{name: name for name in ("id", "file", "owner", "reason", "link")},
    }
    return flags.get(path[-1] if path else "", "address")


def _refuse_known(register: Register, waiver: Waiver, today: date) -> None:
    """Refuse an entry for what another one is for; one that has ended can be renewed instead."""
    for known, line in zip(register.waivers, register.lines, strict=True):
        where = f"{register.file}:{line}"
        if waivers.is_same(known, waiver):
            message = f"the register has this waiver already, until {known.expires}"
            raise BadInput(message, where=where, fix=f"to renew it, change `expires` there to {waiver.expires}")
        if waivers.defect(known, today=today) is None and waivers.includes(known, waiver):
            message = f"a broader waiver, for {waivers.subject(known)}, covers this until {known.expires}"
            raise BadInput(message, where=where, fix=f"nothing is needed before that day ({PAGE})")
