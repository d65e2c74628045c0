"""Module releases: one `git format-patch` mail each, in `modules/releases/`.

The first line of a mail has the commit id. The mail also has author and dates, so applying it gives the same commit on
every machine; an edited mail gives another commit and is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from infragate.adapters import git
from infragate.adapters.local import files
from infragate.domain.command import Command
from infragate.domain.errors import BadInput, Integrity, ToolFailed
from infragate.domain.modules import release_rules

FOLDER = "modules"
SERIES = "modules/releases"
AUTHOR, MAIL = "infra", "infra@example.com"
# Tags that are published as annotated tags, so that both kinds of tags are in use.
ANNOTATED = frozenset({"v0.6.1"})
_COMMIT = re.compile(r"From ([0-9a-f]{40}) ")
# The user's git configuration must not change the commits.
_OPTIONS = ("core.excludesFile=/dev/null", "core.attributesFile=/dev/null", "core.autocrlf=false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One mail of the series.

    Attributes:
        tag: `v0.6.1`, the name of the file.
        commit: the commit id in the first line.
        author: name, address and date.
    """

    tag: str
    path: Path
    commit: str
    author: tuple[str, str, str]
    message: str


def series(root: Path) -> tuple[Release, ...]:
    """The releases of a checkout, oldest first."""
    releases = [read(path) for path in (root / SERIES).glob("*.patch")]
    return tuple(sorted(releases, key=lambda release: Version(release.tag)))


def read(path: Path) -> Release:
    """Read one mail."""
    text = files.read(path) or ""
    from email import message_from_string  # 8 ms, for the first verb in a sandbox only
    from email.policy import default
    from email.utils import parseaddr

    mail = message_from_string(text, policy=default)
    commit = _COMMIT.match(text)
    name, address = parseaddr(str(mail["From"]))
    if not (release_rules.version(path.stem) and commit and mail["Date"] and mail["Subject"] and address):
        fix = (f"git checkout -- {SERIES}; to write a release: ", Command("release-check", ("--write",)))
        raise BadInput(f"not a release of the modules: {path.name}", where=str(path), fix=fix)
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
    """A bare repository of releases; the user's git configuration has no effect on it."""

    path: Path

    @property
    def exists(self) -> bool:
        return (self.path / "HEAD").is_file()

    def build(self, releases: tuple[Release, ...]) -> str | None:
        """Create the releases and their tags, and delete other tags; return the newest commit, whose tree is the index.

        Raises:
            Integrity, ToolFailed: as `create`.
        """
        newest = self.create(releases)
        for release in releases:
            self._tag(release)
        for tag in set(self.git("tag", "--list").split()) - {release.tag for release in releases}:
            self.git("update-ref", "-d", f"refs/tags/{tag}")
        return newest

    def create(self, releases: tuple[Release, ...]) -> str | None:
        """Create the commits of the releases; return the newest one, whose tree is the index.

        Raises:
            Integrity: the commit of a mail differs from its first line.
            ToolFailed: git is missing or failed.
        """
        if not self.exists:
            files.private_folder(self.path.parent)
            self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.path))
        (self.path / "index").unlink(missing_ok=True)
        parent: str | None = None
        for release in releases:
            parent = self._commit(release, parent)
        return parent

    def take(self, root: Path) -> None:
        """Replace the index by the files in a checkout's `modules/`."""
        self.git("add", "--all", "--", FOLDER, f":(exclude){SERIES}", work_tree=root)

    def export(self, commit: str, folder: Path) -> None:
        """Write a commit's files to an empty folder."""
        folder.mkdir()
        self.git("checkout", "--force", commit, "--", ".", work_tree=folder)

    def tree(self, commit: str) -> str:
        """The id of a commit's content."""
        return self.git("rev-parse", f"{commit}^{{tree}}")

    def mail(self, commit: str) -> str:
        """The text of a release for a commit."""
        options = ("--root", "-1", "--stdout", "--no-signature", "--full-index", "--no-renames")
        return self.git("format-patch", *options, commit, strip=False)

    def commit(self, parent: str | None, message: str, author: tuple[str, str, str]) -> str:
        """Commit the index; return the commit id."""
        tree = self.git("write-tree")
        parents = ("-p", parent) if parent else ()
        return self.git("commit-tree", tree, *parents, "-m", message, author=author)

    def git(
        self,
        *arguments: str,
        author: tuple[str, str, str] = (AUTHOR, MAIL, ""),
        work_tree: Path | None = None,
        strip: bool = True,
    ) -> str:
        """Run git; return its output, without surrounding whitespace if `strip`."""
        environment = {
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
            output = git.run(folder, *options, *arguments, environment=environment)
        except ToolFailed as error:
            raise ToolFailed(
                f"the module repository cannot be created: {error.message}", where=str(self.path), fix=Command("doctor")
            ) from error
        return output.strip() if strip else output

    def _commit(self, release: Release, parent: str | None) -> str:
        try:
            self.git("apply", "--cached", "--whitespace=nowarn", str(release.path.resolve()))
            commit = self.commit(parent, release.message, release.author)
        except ToolFailed as error:
            raise _changed(release, error.message) from error
        if commit != release.commit:
            raise _changed(release, f"its commit is {commit[:12]}, but its first line has {release.commit[:12]}")
        return commit

    def _tag(self, release: Release) -> None:
        if release.tag in ANNOTATED:
            options = ("--annotate", "--force", "-m", release.message)
            self.git("tag", *options, release.tag, release.commit, author=release.author)
        else:
            self.git("update-ref", f"refs/tags/{release.tag}", release.commit)


def _changed(release: Release, why: str) -> Integrity:
    return Integrity(
        f"the release {release.tag} of the modules was changed: {why}",
        where=str(release.path),
        fix=f"git checkout -- {SERIES}; a release never changes, a change is a new release",
    )
