"""`release-check`: check that the version of the modules fits their changes, and that the notes name the changes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infragate.adapters.local import files
from infragate.adapters.modules import module_releases
from infragate.adapters.modules.module_releases import AUTHOR, FOLDER, MAIL, SERIES, Release, Repository
from infragate.adapters.terraform import hcl
from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding
from infragate.domain.modules import module_interface, release_rules
from infragate.domain.modules.module_interface import InterfaceChange, ModuleInterface
from infragate.domain.modules.release_rules import Candidate, Version

# Names in a module's folder that do not change its behaviour.
_BESIDE = ("README.md", "examples", "tests")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCheckRequest:
    """Check one version.

    Attributes:
        version: None for the newest version in the changelog.
        write: write the release if there are no findings.
    """

    root: Path
    version: str | None = None
    write: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCheckResult:
    """The findings against a version.

    Attributes:
        version: None if there is nothing to release.
        previous: the release before it.
        needed: the smallest version that fits the changes.
        written: the file of the new release, relative to the checkout.
    """

    version: Version | None
    previous: Version | None
    needed: Version | None
    changes: tuple[InterfaceChange, ...]
    findings: tuple[Finding, ...]
    written: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """A temporary repository of the releases.

    Attributes:
        present: the checkout's `modules/`, on top of the newest release.
        is_changed: `present` differs from that.
    """

    repository: Repository
    folder: Path
    releases: tuple[Release, ...]
    present: str
    is_changed: bool

    @property
    def newest(self) -> Release | None:
        return self.releases[-1] if self.releases else None


def run(request: ReleaseCheckRequest) -> ReleaseCheckResult:
    """Check a version: a released one against the release before it, a new one against the newest release.

    Raises:
        BadInput: there are no modules, the version is invalid, or it is released already.
        Integrity: a release was edited. ToolFailed: git is missing or failed.
    """
    requested = release_rules.version(request.version) if request.version is not None else None
    if requested is None and request.version is not None:
        raise BadInput(f"not a version: {request.version!r}", where="--version", fix="write it as v0.7.0")
    with _work(request.root) as work:
        if requested is None and not work.is_changed:
            previous = _version(work.newest)
            return ReleaseCheckResult(version=None, previous=previous, needed=None, changes=(), findings=())
        released = next((release for release in work.releases if _version(release) == requested), None)
        result = _judged(work, requested, released)
        if not request.write:
            return result
        if released:
            fix = "a release never changes; add a section for the next version to modules/CHANGELOG.md"
            raise BadInput(f"{released.tag} is released already", where=str(released.path), fix=fix)
        return result if result.findings else _written(request.root, work, result)


@contextmanager
def _work(root: Path) -> Iterator[_Work]:
    if not (root / FOLDER).is_dir():
        raise BadInput("no modules", where=str(root / FOLDER), fix="run it in a checkout of the repository")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        releases = module_releases.series(root)
        repository = Repository(path=folder / "modules.git")
        newest = repository.create(releases)
        repository.take(root)
        present = repository.commit(newest, "Modules of the checkout", (AUTHOR, MAIL, "2000-01-01T00:00Z"))
        is_changed = newest is None or repository.tree(present) != repository.tree(newest)
        yield _Work(repository=repository, folder=folder, releases=releases, present=present, is_changed=is_changed)


def _version(release: Release | None) -> Version | None:
    return release_rules.version(release.tag) if release else None


def _judged(work: _Work, requested: Version | None, released: Release | None) -> ReleaseCheckResult:
    if released:
        place = work.releases.index(released)
        before, commit = (work.releases[place - 1] if place else None), released.commit
    else:
        before, commit = work.newest, work.present
    new = work.folder / "new"
    work.repository.export(commit, new)
    old = work.folder / "old"
    if before:
        work.repository.export(before.commit, old)
    changes = release_rules.compare(_interfaces(old), _interfaces(new))
    previous = _version(before)
    changelog = release_rules.sections(files.read(new / FOLDER / "CHANGELOG.md") or "")
    announced = max(filter(None, (release_rules.version(section.version) for section in changelog)), default=None)
    needed = previous.next(release_rules.needed(previous, changes)) if previous else None
    # If the changelog has no newer version, check the smallest that fits; a finding says that it is not announced.
    version = requested or (needed if previous and needed and (not announced or announced <= previous) else announced)
    if version is None:
        page = "modules/CHANGELOG.md"
        raise BadInput(f"{page} has no version", where=page, fix="add ## v0.1.0 (YYYY-MM-DD)")
    candidate = Candidate(
        version=version,
        previous=previous,
        changes=changes,
        touched=_touched(work.repository, before.commit if before else None, commit) & _interfaces(new).keys(),
        changelog=changelog,
        upgrade=release_rules.sections(files.read(new / FOLDER / "UPGRADE.md") or ""),
    )
    return ReleaseCheckResult(
        version=version,
        previous=previous,
        needed=needed,
        changes=changes,
        findings=(*_nothing_new(work, released), *release_rules.judge(candidate)),
    )


def _nothing_new(work: _Work, released: Release | None) -> tuple[Finding, ...]:
    if released or work.is_changed or not work.newest:
        return ()
    tag = work.newest.tag
    return (release_rules.complaint("nothing to release", f"modules/ does not differ from {tag}", address=tag),)


def _interfaces(folder: Path) -> dict[str, ModuleInterface]:
    names = {path.parent.name for path in (folder / FOLDER).glob("*/*.tf")}
    return {name: module_interface.read(hcl.read_folder(folder / FOLDER / name)) for name in sorted(names)}


def _touched(repository: Repository, before: str | None, after: str) -> set[str]:
    """The names of the modules whose code has changed."""
    if before is None:
        names = repository.git("ls-tree", "-r", "--name-only", after)
    else:
        names = repository.git("diff", "--name-only", "--no-renames", before, after)
    paths = [line.split("/") for line in names.splitlines()]
    return {path[1] for path in paths if len(path) > 2 and path[2] not in _BESIDE}


def _written(root: Path, work: _Work, result: ReleaseCheckResult) -> ReleaseCheckResult:
    """Write the release, after checking that applying it gives the same commit."""
    tag = str(result.version)
    changelog = release_rules.sections(files.read(root / FOLDER / "CHANGELOG.md") or "")
    date = next(section.date for section in changelog if section.version == tag)
    author = (AUTHOR, MAIL, f"{date}T00:00:00+00:00")
    newest = work.newest.commit if work.newest else None
    work.repository.take(root)
    mail = work.repository.mail(work.repository.commit(newest, f"Modules {tag}", author))
    draft = work.folder / f"{tag}.patch"
    files.write(draft, mail)
    work.repository.create((*work.releases, module_releases.read(draft)))
    path = root / SERIES / draft.name
    files.write(path, mail)
    return replace(result, written=path.relative_to(root).as_posix())
