"""`.infragate/` of a checkout: keys, plans, Terraform's data and the sandbox of whoever works there, and of nobody else."""

from __future__ import annotations

from pathlib import Path

from infragate.adapters import git
from infragate.adapters.local import files
from infragate.domain.errors import BadInput

NAME = ".infragate"


def of(root: Path) -> Path:
    """The folder, private and invisible to git.

    Raises:
        BadInput: it is a link, so that keys and plans would lie where somebody else chose; or it cannot be made.
    """
    folder = root / NAME
    if folder.is_symlink():
        raise BadInput(f"{NAME} is a link", where=str(folder), fix="remove it: infragate makes the folder itself")
    if files.private_folder(folder).stat().st_mode & 0o077:
        folder.chmod(0o700)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        files.write(ignore, "*\n")
    return folder


def refuse_committed(root: Path) -> None:
    """What is read back from the folder (a workspace, a snapshot) was written here: a commit must not bring its own.

    Raises:
        BadInput: git tracks something in it. ToolFailed: git is missing or refuses the checkout.
    """
    if (root / NAME).exists() and git.tracks(root, NAME):
        raise BadInput(
            f"git tracks files in {NAME}, which holds what infragate itself has made here",
            where=str(root / NAME),
            fix=f"git rm -r {NAME}; who has committed it, and why?",
        )
