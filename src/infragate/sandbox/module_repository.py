"""The repository that publishes the modules, built from the checkout.

Its tags are the releases of `modules/releases/`. Its branch `main` is the newest release, plus one commit if `modules/`
differs from it. The same content has the same commit ids on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infragate.adapters.local import files
from infragate.adapters.modules import module_releases
from infragate.adapters.modules.module_releases import AUTHOR, FOLDER, MAIL, Repository
from infragate.domain.errors import BadInput

# Raise it when the same modules are published differently.
EDITION = "2"
_PRESENT = (AUTHOR, MAIL, "2025-01-15T00:00:00+00:00")
_SKIPPED = {".terraform", ".git", "__pycache__"}


def refresh(root: Path, repository: Path) -> bool:
    """Create the repository, or update it to `modules/`; False if it was up to date.

    Raises:
        BadInput: `modules/` is missing, or an entry of the series is not a release.
        Integrity: a release was edited.
        ToolFailed: git is missing or failed.
    """
    digest = content_digest(root / FOLDER)
    stamp, published = repository.with_suffix(".digest"), Repository(path=repository)
    if published.exists and files.recall(stamp) == digest:
        return False
    newest = published.build(module_releases.series(root))
    published.git("update-ref", "refs/heads/main", _present(root, published, newest))
    files.write(stamp, digest, mode=0o600)
    return True


def is_current(root: Path, repository: Path) -> bool:
    """True if `refresh` has nothing to do."""
    digest = files.recall(repository.with_suffix(".digest"))
    return Repository(path=repository).exists and digest == content_digest(root / FOLDER)


def content_digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of all files."""
    if not folder.is_dir():
        raise BadInput("the modules are missing", where=str(folder), fix="run it in a checkout of the repository")
    total = hashlib.sha256(EDITION.encode())
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not _SKIPPED.intersection(name.parts):
            mode = "x" if path.stat().st_mode & 0o100 else "-"
            total.update(f"{name.as_posix()}\0{mode}\0{files.sha256(path)}\n".encode())
    return total.hexdigest()


def _present(root: Path, published: Repository, newest: str | None) -> str:
    """The commit of the current `modules/`, created without touching the checkout's index."""
    published.take(root)
    if newest and published.git("write-tree") == published.git("rev-parse", f"{newest}^{{tree}}"):
        return newest
    return published.commit(newest, "Modules as they lie in the checkout", _PRESENT)


@contextmanager
def moved_tag(repository: Path, tag: str, *, to: str) -> Iterator[None]:
    """Move a tag to another one's commit, as somebody with write access could; move it back afterwards."""
    published = Repository(path=repository)
    ref = f"refs/tags/{tag}"
    before = published.git("rev-parse", ref)
    published.git("update-ref", ref, published.git("rev-parse", f"refs/tags/{to}"))
    try:
        yield
    finally:
        published.git("update-ref", ref, before)
