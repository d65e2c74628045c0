"""Asks for exceptions: entries in `policy/waivers.yaml` of the checkout, and the text of their pull request."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from infragate.adapters import git, policy_bundle
from infragate.adapters.github import github_credentials
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
from infragate.usecases import proposed_branch

_PAGES = "runbooks/policies"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverSubject:
    """What one entry is for; `address`, `file`: "" for any."""

    id: str
    address: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRequest:
    """What to ask for.

    Attributes:
        subjects: an entry for each.
        days: from today; until: the last day, which goes before `days`.
        owner: "" for the e-mail address of git's user.
        link: "" for the pull request of this run.
        skips_known: leave out what the register covers today; else that is refused.
        describe: returns title and body of the pull request; None opens none, and writes the entries into the checkout.
    """

    root: Path
    project: Project
    subjects: tuple[WaiverSubject, ...]
    environment: str | None
    reason: str
    days: int
    until: str = ""
    owner: str
    link: str
    skips_known: bool = False
    describe: Callable[[WaiverResult], tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenWaiver:
    """An entry of the register; `page` explains the rule, None if unknown."""

    waiver: Waiver
    line: int
    page: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverResult:
    """What was written.

    Attributes:
        entries: empty if the register has them all.
        approvers: the owners of the register; empty if CODEOWNERS names none.
        known: what the register covers already, as it was asked for.
        branch, pull_request: of an opened pull request.
        there_already: an earlier run has pushed the same.
    """

    entries: tuple[WrittenWaiver, ...]
    approvers: tuple[str, ...]
    known: tuple[Waiver, ...] = ()
    branch: str | None = None
    pull_request: str | None = None
    there_already: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry as it is written, and what it means."""

    written: Mapping[str, str]
    waiver: Waiver


def run(request: WaiverRequest) -> WaiverResult:
    """Write the entries, or propose them.

    Raises:
        BadInput: an entry would not count, the register has one for the same, or it cannot be edited.
        RemoteFailed: the branch cannot be pushed, or GitHub refuses the pull request.
    """
    entries = checked(request)
    if request.describe is None:
        return _written(request.root, entries, skips_known=request.skips_known)
    return _proposed(request, request.describe, entries)


def checked(request: WaiverRequest) -> tuple[_Entry, ...]:
    """The entries, each of which would count.

    Raises:
        BadInput: one would not.
    """
    if request.environment is not None:
        request.project.environment(request.environment)
    today = clock.now().date()
    return tuple(_checked(entry, today) for entry in _entries(request, today))


def _checked(entry: Mapping[str, str], today: date) -> _Entry:
    _check(entry)
    waiver = waivers.register({"waivers": [entry]}, file=FILE, lines=(1,)).waivers[0]
    if defect := waivers.defect(waiver, today=today):
        raise BadInput(f"the waiver {defect.message}", where="command line", fix=defect.fix)
    return _Entry(entry, waiver)


def _written(root: Path, entries: Sequence[_Entry], *, skips_known: bool) -> WaiverResult:
    """Add the entries to the register of a checkout."""
    register = waivers_file.load(root, shown_from=root)
    today = clock.now().date()
    known = [entry for entry in entries if _is_known(register, entry.waiver, today, skips=skips_known)]
    new = [entry for entry in entries if entry not in known]
    if new:
        data = files.content(files.unlinked(root, FILE))
        text = waivers_text.EMPTY if data is None else data.decode()
        for entry in new:
            text = waivers_text.with_entry(text, entry.written)
        files.write(root / FILE, text.encode())
    lines = waivers_file.load(root, shown_from=root).lines[-len(new) :] if new else ()
    owners = codeowners_file.owners_of(lambda name: files.read(root / name))
    return WaiverResult(
        entries=tuple(
            WrittenWaiver(waiver=entry.waiver, line=line, page=_page(root, entry.waiver))
            for entry, line in zip(new, lines, strict=True)
        ),
        approvers=owners(FILE) if owners else (),
        known=tuple(entry.waiver for entry in known),
    )


def _page(root: Path, waiver: Waiver) -> str | None:
    page = f"{_PAGES}/{waiver.id}.md"
    return page if (root / page).is_file() else None


def _proposed(
    request: WaiverRequest, describe: Callable[[WaiverResult], tuple[str, str]], entries: Sequence[_Entry]
) -> WaiverResult:
    """Commit the entries on a new branch from the base branch, push it, and open its pull request or bring that up to date."""
    root = request.root
    github_credentials.read()  # before anything is written
    base = policy_bundle.base_branch(root)
    if base is None:
        raise BadInput("there is no base branch to propose it to", where="origin", fix="git fetch origin main")
    with git.draft(root, own_folder.of(root) / "waiver-request", commit=f"refs/remotes/{base}") as draft:
        result = _written(draft, entries, skips_known=request.skips_known)
        if not result.entries:
            return result
        result = _committed(root, draft, replace(result, branch=_branch(result.entries)), describe, base=base)
    title, body = describe(result)
    url = proposed_branch.propose(
        root,
        request.project,
        str(result.branch),
        base=None if base == "origin/HEAD" else base.removeprefix("origin/"),
        title=title,
        body=body,
    )
    return replace(result, pull_request=url)


def _committed(
    root: Path, draft: Path, result: WaiverResult, describe: Callable[[WaiverResult], tuple[str, str]], *, base: str
) -> WaiverResult:
    """Set the branch to a commit of the draft; one of an earlier run with the same register stays."""
    branch = str(result.branch)
    proposed_branch.refuse_checked_out(root, branch)
    earlier = proposed_branch.tip(root, branch, at_origin=True)
    if earlier is not None and git.file_at(root, earlier, FILE) == files.read(draft / FILE):
        git.set_branch(root, branch, earlier)
        return replace(result, there_already=True)
    if earlier is not None:
        proposed_branch.refuse_others_work(root, branch, earlier, base=f"refs/remotes/{base}")
    git.set_branch(root, branch, git.commit_all(draft, describe(result)[0], author=settings.actor().name))
    return result


def _branch(entries: Sequence[WrittenWaiver]) -> str:
    """The branch for what these entries are for, whatever their owner, reason and end: another run brings it up to date."""
    subjects = sorted(
        (each.waiver.id, each.waiver.address, each.waiver.file, each.waiver.environment or "") for each in entries
    )
    name = f"{len(entries)}-entries" if len(entries) > 1 else re.sub("[^A-Za-z0-9]+", "-", subjects[0][0])
    return f"waiver/{name}-{hashlib.sha256(json.dumps(subjects).encode()).hexdigest()[:8]}"


def _entries(request: WaiverRequest, today: date) -> Iterator[Mapping[str, str]]:
    """The entries, in the order in which people read them; without what was not given."""
    github, pull_request = request.project.github, settings.actor().pull_request
    page = f"https://github.com/{github.owner}/{github.repository}/pull/{pull_request}" if pull_request else ""
    owner, link = request.owner or git.user_email(request.root) or "", request.link or page
    for flag, value, meaning in (
        ("owner", owner, "a person or team that answers for it"),
        ("link", link, "the page where it was agreed, such as an issue"),
    ):
        if not value:
            raise BadInput(f"--{flag} is required", where="command line", fix=f"add --{flag}: {meaning}")
    for subject in request.subjects:
        entry = {
            "id": waivers.canonical(subject.id),
            "address": subject.address,
            "file": subject.file,
            "environment": request.environment or "",
            "owner": owner,
            "reason": " ".join(request.reason.split()),
            "link": link,
            "expires": _last_day(request, today).isoformat(),
        }
        yield {name: value for name, value in entry.items() if value}


def _last_day(request: WaiverRequest, today: date) -> date:
    if not request.until:
        return today + timedelta(days=request.days)
    try:
        return date.fromisoformat(request.until)
    except ValueError as error:
        where, fix = "command line", "write the day as 2027-01-31, or give --days"
        raise BadInput(f"--until {request.until}: there is no such day", where=where, fix=fix) from error


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


def _is_known(register: Register, waiver: Waiver, today: date, *, skips: bool) -> bool:
    """True if the register covers it today.

    Raises:
        BadInput: it does, and that is not to be left out; or it has the same waiver, which has ended.
    """
    for known, line in zip(register.waivers, register.lines, strict=True):
        where, counts = f"{register.file}:{line}", waivers.defect(known, today=today) is None
        is_same = waivers.is_same(known, waiver)
        covers = counts and (is_same or waivers.includes(known, waiver))
        if covers and skips:
            return True
        if is_same:
            message = f"the register has this waiver already, until {known.expires}"
            raise BadInput(message, where=where, fix=f"to renew it, change `expires` there to {waiver.expires}")
        if covers:
            message = f"a broader waiver, for {waivers.subject(known)}, covers this until {known.expires}"
            raise BadInput(message, where=where, fix=f"nothing is needed before that day ({PAGE})")
    return False
