"""The repository that publishes the modules, built on this machine from the checkout's `modules/`.

What lies in `modules/` now is the release `RELEASE`, and the branch `main`. Author, dates and message are fixed, so the
same modules have the same commit id on every machine.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from infragate.adapters import files, process, settings
from infragate.domain.errors import BadInput, ToolFailed

RELEASE = "v0.6.1"
FOLDER = "modules"
_NAME, _MAIL, _DATE = "infra", "infra@example.com", "2025-01-15T00:00:00+00:00"
_SKIPPED = {".terraform", ".git", "__pycache__"}
# Nothing that the user has configured for git may change a byte, or where anything is looked for.
_OPTIONS = (
    "core.excludesFile=/dev/null",
    "core.attributesFile=/dev/null",
    "core.autocrlf=false",
    "core.hooksPath=/dev/null",
)


def refresh(root: Path, repository: Path) -> bool:
    """Make the repository, or move its release to what `modules/` holds now; False when that was so already.

    Raises:
        BadInput: there is no `modules/`.
        ToolFailed: git is missing or failed.
    """
    digest = content_digest(root / FOLDER)
    stamp = repository.with_suffix(".digest")
    if (repository / "HEAD").is_file() and files.recall(stamp) == digest:
        return False
    if not (repository / "HEAD").is_file():
        _git(repository, root, "init", "--quiet", "--bare", "--initial-branch=main", str(repository))
    commit = _commit(root, repository)
    for ref in ("refs/heads/main", f"refs/tags/{RELEASE}"):
        _git(repository, root, "update-ref", ref, commit)
    files.write(stamp, digest, mode=0o600)
    return True


def is_current(root: Path, repository: Path) -> bool:
    """Whether `refresh` has nothing to do."""
    return (repository / "HEAD").is_file() and files.recall(repository.with_suffix(".digest")) == content_digest(
        root / FOLDER
    )


def content_digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of all files.

    Raises:
        BadInput: no such folder.
    """
    if not folder.is_dir():
        raise BadInput("there are no modules", where=str(folder), fix="run it in a checkout of the repository")
    total = hashlib.sha256(RELEASE.encode())
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not _SKIPPED.intersection(name.parts):
            mode = "x" if path.stat().st_mode & 0o100 else "-"
            total.update(f"{name.as_posix()}\0{mode}\0{files.sha256(path)}\n".encode())
    return total.hexdigest()


def _commit(root: Path, repository: Path) -> str:
    """A parentless commit of `modules/`, made without a checkout and without touching the checkout's own index."""
    index = repository / "index.infragate"
    index.unlink(missing_ok=True)
    _git(repository, root, "add", "--all", "--", FOLDER, index=index)
    tree = _git(repository, root, "write-tree", index=index)
    index.unlink(missing_ok=True)
    return _git(repository, root, "commit-tree", tree, "-m", f"Modules {RELEASE}")


def _git(repository: Path, root: Path, *arguments: str, index: Path | None = None) -> str:
    environment = {
        "PATH": settings.search_path(),
        "LC_ALL": "C",
        "HOME": str(repository.parent),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_DIR": str(repository),
        "GIT_AUTHOR_NAME": _NAME,
        "GIT_AUTHOR_EMAIL": _MAIL,
        "GIT_AUTHOR_DATE": _DATE,
        "GIT_COMMITTER_NAME": _NAME,
        "GIT_COMMITTER_EMAIL": _MAIL,
        "GIT_COMMITTER_DATE": _DATE,
    }
    if index is not None:
        environment |= {"GIT_WORK_TREE": str(root), "GIT_INDEX_FILE": str(index)}
    options = [part for option in _OPTIONS for part in ("-c", option)]
    try:
        done = process.run(["git", *options, *arguments], cwd=root, env=environment, timeout=60)
    except ToolFailed as error:
        raise ToolFailed(
            f"the module repository cannot be made: {error.message}", where=str(repository), fix="inv doctor"
        ) from error
    return done.stdout.strip()
