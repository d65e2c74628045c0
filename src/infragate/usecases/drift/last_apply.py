"""The last apply of a Stack, from the records in the state bucket, and how the checkout's code differs from it."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from infragate.adapters import git, git_history
from infragate.adapters.aws.state_store import StateStore
from infragate.adapters.modules import module_list
from infragate.domain.drift.applied import AppliedCode
from infragate.domain.errors import RemoteFailed, ToolFailed
from infragate.usecases import plan_inputs
from infragate.usecases.stack import Stack

_LATEST = 20  # records that are read, to find an apply that succeeded

Record = Mapping[str, Any]


def records(store: StateStore) -> tuple[Record, ...]:
    """The records of applies, newest first, down to the last one that succeeded.

    Raises:
        RemoteFailed: they cannot be read.
    """
    read: list[Record] = []
    for key in [key for key in reversed(store.records()) if key.endswith("-apply.json")][:_LATEST]:
        read.append(store.record(key))
        if read[-1].get("outcome") == "succeeded":
            break
    return tuple(read)


def compare(stack: Stack, applies: Collection[Record], outside: Collection[Path]) -> AppliedCode:
    """The last apply that succeeded, and how the code of the initialised Stack differs from what was applied.

    Args:
        outside: files of the checkout that the code reads outside of its folders.
    """
    last = next((record for record in applies if record.get("outcome") == "succeeded"), {})
    later = next((str(record.get("outcome")) for record in applies if record is not last), "")
    at = None
    with suppress(TypeError, ValueError):
        at = datetime.fromisoformat(last["ended_at"]) if last else None
    if at is None:
        return AppliedCode(later=later)
    local = module_list.local_folders(stack.terraform_data, stack.folder)
    commit, beside = _commit(stack.root, last)
    paths = [os.path.relpath(path, stack.root) for path in (stack.folder, *local, *outside)]
    known = commit is not None and beside is not None
    return AppliedCode(
        commit=commit,
        at=at,
        same=last.get("tree") == plan_inputs.tree(stack, local, outside),
        commits=git_history.commits_since(stack.root, str(commit), paths) if known else None,
        beside=beside is True,
        uncommitted=_has_uncommitted(stack.root, paths),
        later="" if later == "running" else later,
    )


def _has_uncommitted(root: Path, paths: Collection[str]) -> bool:
    with suppress(ToolFailed):  # no repository
        names = git.uncommitted(root)
        return any(name == path or name.startswith(f"{path}/") for name in names for path in paths)
    return False


def _commit(root: Path, record: Record) -> tuple[str | None, bool | None]:
    """The commit that was applied, and True if the checkout's history lacks it; None if the clone cannot tell.

    A server may apply a merge commit that only the server has; then the approved commit is used, which others have too.
    """
    commits = [str(record[name]) for name in ("commit", "approved_commit") if record.get(name)]
    with suppress(ToolFailed):  # no repository
        for commit in commits:
            within = git_history.has(root, commit)
            if within is not None:
                return commit, not within
    return (commits[0] if commits else None), None


def read(store: StateStore) -> tuple[Record, ...]:
    """As `records`; none if they cannot be read: they are evidence, and the drift is known without it."""
    with suppress(RemoteFailed):
        return records(store)
    return ()
