"""The releases of the modules: kept as text in `modules/releases/`, one `git format-patch` mail each.

A mail's first line names the commit that it makes. Author and dates stand in the mail, so the commit is the same on
every machine, and a mail that was edited makes another commit and is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_string
from email.policy import default
from email.utils import parseaddr
from pathlib import Path

from packaging.version import Version

from infragate.adapters.local import files, settings
from infragate.adapters.process import children
from infragate.domain.command import Command
from infragate.domain.errors import BadInput, Integrity, ToolFailed

FOLDER = "modules"
SERIES = "modules/releases"
AUTHOR, MAIL = "infra", "infra@example.com"
# A tag that is an object of its own has two ids; the others have one. Both kinds are published, as they are elsewhere.
ANNOTATED = frozenset({"v0.6.1"})
TAG = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_COMMIT = re.compile(r"From ([0-9a-f]{40}) ")
# Nothing that the user has configured for git may change a byte, or where anything is looked for.
_OPTIONS = (
    "core.excludesFile=/dev/null",
    "core.attributesFile=/dev/null",
    "core.autocrlf=false",
    "core.hooksPath=/dev/null",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One mail of the series.

    Attributes:
        tag: its version, `v0.6.1`.
        path: the mail.
        commit: id of the commit that it says to make.
        author: name, address and date.
        message: of the commit.
    """

    tag: str
    path: Path
    commit: str
    author: tuple[str, str, str]
    message: str


def series(root: Path) -> tuple[Release, ...]:
    """The releases of a checkout, oldest first.

    Raises:
        BadInput: a file that is no release.
    """
    found = [read(path) for path in (root / SERIES).glob("*.patch")]
    return tuple(sorted(found, key=lambda release: Version(release.tag)))


def read(path: Path) -> Release:
    """One mail.

    Raises:
        BadInput: it is no release.
    """
    text = files.read(path) or ""
    mail = message_from_string(text, policy=default)
    commit = _COMMIT.match(text)
    name, address = parseaddr(str(mail["From"]))
    if not (TAG.fullmatch(path.stem) and commit and mail["Date"] and mail["Subject"] and address):
        fix = (f"git checkout -- {SERIES}; a release is written by ", Command("release-check", ("--write",)))
        raise BadInput(f"{path.name} is no release of the modules", where=str(path), fix=fix)
    subject = str(mail["Subject"]).removeprefix("[PATCH] ")
    body = text.partition("\n\n")[2].partition("---\n")[0].strip()
    return Release(
        tag=path.stem,
        path=path,
        commit=commit[1],
        author=(name, address, str(mail["Date"])),
        message=f"{subject}\n\n{body}" if body else subject,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A bare repository that releases are built into; whatever its user has configured for git has no effect.

    Attributes:
        path: its folder.
    """

    path: Path

    @property
    def exists(self) -> bool:
        return (self.path / "HEAD").is_file()

    def build(self, releases: tuple[Release, ...]) -> str | None:
        """Make the releases and their tags, and no other tag; the newest one's commit, whose tree is in the index.

        Raises:
            Integrity: a mail does not make the commit that it names.
            ToolFailed: git is missing or failed.
        """
        if not self.exists:
            files.private_folder(self.path.parent)
            self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.path))
        (self.path / "index").unlink(missing_ok=True)
        parent: str | None = None
        for release in releases:
            parent = self._commit(release, parent)
            self._tag(release)
        wanted = {release.tag for release in releases}
        for tag in set(self.git("tag", "--list").split()) - wanted:
            self.git("update-ref", "-d", f"refs/tags/{tag}")
        return parent

    def take(self, root: Path) -> None:
        """Put what a checkout's `modules/` holds into the index, whatever was there."""
        self.git("add", "--all", "--", FOLDER, f":(exclude){SERIES}", work_tree=root)

    def export(self, commit: str, folder: Path) -> None:
        """Write a commit's files to an empty folder."""
        folder.mkdir()
        self.git("checkout", "--force", commit, "--", ".", work_tree=folder)

    def mail(self, commit: str) -> str:
        """A commit as the text of a release."""
        options = ("--root", "-1", "--stdout", "--no-signature", "--full-index", "--no-renames")
        return self._output("format-patch", *options, commit)

    def commit(self, parent: str | None, message: str, author: tuple[str, str, str]) -> str:
        """A commit of what is in the index."""
        tree = self.git("write-tree")
        parents = ("-p", parent) if parent else ()
        return self.git("commit-tree", tree, *parents, "-m", message, author=author)

    def git(
        self, *arguments: str, author: tuple[str, str, str] = (AUTHOR, MAIL, ""), work_tree: Path | None = None
    ) -> str:
        """What one git command says, without space around it.

        Raises:
            ToolFailed: git is missing or failed.
        """
        return self._output(*arguments, author=author, work_tree=work_tree).strip()

    def _output(
        self, *arguments: str, author: tuple[str, str, str] = (AUTHOR, MAIL, ""), work_tree: Path | None = None
    ) -> str:
        environment = {
            "PATH": settings.search_path(),
            "LC_ALL": "C",
            "HOME": str(self.path.parent),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_DIR": str(self.path),
            **{
                f"GIT_{who}_{what}": value
                for who in ("AUTHOR", "COMMITTER")
                for what, value in zip(("NAME", "EMAIL", "DATE"), author, strict=True)
            },
        }
        if work_tree is not None:
            environment["GIT_WORK_TREE"] = str(work_tree)
        options = [part for option in _OPTIONS for part in ("-c", option)]
        folder = work_tree or self.path.parent
        try:
            return children.run(["git", *options, *arguments], cwd=folder, env=environment, timeout=60).stdout
        except ToolFailed as error:
            raise ToolFailed(
                f"the module repository cannot be made: {error.message}", where=str(self.path), fix=Command("doctor")
            ) from error

    def _commit(self, release: Release, parent: str | None) -> str:
        try:
            self.git("apply", "--cached", "--whitespace=nowarn", str(release.path.resolve()))
            made = self.commit(parent, release.message, release.author)
        except ToolFailed as error:
            raise _changed(release, error.message) from error
        if made != release.commit:
            raise _changed(release, f"it makes the commit {made[:12]} and says {release.commit[:12]}")
        return made

    def _tag(self, release: Release) -> None:
        if release.tag in ANNOTATED:
            words = ("tag", "--annotate", "--force", "-m", release.message, release.tag, release.commit)
            self.git(*words, author=release.author)
        else:
            self.git("update-ref", f"refs/tags/{release.tag}", release.commit)


def _changed(release: Release, why: str) -> Integrity:
    return Integrity(
        f"the release {release.tag} of the modules is not what it was: {why}",
        where=str(release.path),
        fix=f"git checkout -- {SERIES}; a release never changes, a change is a new release",
    )
