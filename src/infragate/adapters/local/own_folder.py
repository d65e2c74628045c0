"""`.infragate/` of a checkout: session keys, plans, Terraform's data and the sandbox."""

from __future__ import annotations

from pathlib import Path

from infragate.adapters import git
from infragate.adapters.local import files
from infragate.domain.errors import BadInput

NAME = ".infragate"


def of(root: Path) -> Path:
    """The folder: created with mode 0700 and ignored by git.

    Raises:
        BadInput: it is a symbolic link (somebody else would choose where keys and plans are stored), or cannot be created.
    """
    folder = root / NAME
    if folder.is_symlink():
        raise BadInput(
            f"{NAME} is a symbolic link", where=str(folder), fix="remove the link: infragate creates the folder itself"
        )
    if files.private_folder(folder).stat().st_mode & 0o077:
        folder.chmod(0o700)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        files.write(ignore, "*\n")
    return folder


def refuse_committed(root: Path) -> None:
    """Refuse a checkout in which the folder is committed: infragate trusts what it reads there (workspaces, snapshots).

    Raises:
        BadInput: git tracks a file in it.
        ToolFailed: git is missing or refuses the checkout.
    """
    if (root / NAME).exists() and git.tracks(root, NAME):
        raise BadInput(
            f"git tracks files in {NAME}; only infragate may write there",
            where=str(root / NAME),
            fix=f"git rm -r {NAME}, and find out who committed it and why",
        )
