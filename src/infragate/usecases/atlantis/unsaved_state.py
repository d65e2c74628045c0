"""A state that an apply on the server could not save: Terraform leaves it in the clone, which Atlantis removes."""

from __future__ import annotations

from pathlib import Path

from infragate.adapters import git
from infragate.adapters.local import files
from infragate.adapters.local.own_folder import KEPT_STATES
from infragate.domain.errors import InfragateError
from infragate.usecases.stack import ERRORED_STATE, Stack


def kept(stack: Stack, failed: InfragateError) -> InfragateError:
    """The error of an apply; with the path of a private copy of the state, if it has left one in the clone."""
    left = stack.folder / ERRORED_STATE
    if left.is_symlink() or not left.is_file() or git.tracks(stack.root, f"{stack.environment.directory}/{left.name}"):
        return failed
    try:
        copy = _copy(stack, left)
    except InfragateError as lost:
        stack.session.warn(f"no copy of {ERRORED_STATE}: {lost.message}; keep the pull request open")
        return failed
    return failed.amended(
        message=f"{failed.message}; Atlantis removes it with its clone, so a copy is kept",
        where=str(copy),
        fix="push the copy when the bucket can be reached: docs/state-backend.md, 'errored.tfstate'",
    )


def _copy(stack: Stack, left: Path) -> Path:
    """The copy, made now unless there is one with the same bytes."""
    copies = list(stack.local_folder.glob(KEPT_STATES))
    for copy in copies:
        if files.sha256(copy) == files.sha256(left):
            return copy
    copy = stack.local_folder / KEPT_STATES.replace("*", str(len(copies) + 1))
    files.copy(left, copy)
    return copy
