"""Fetch modules, and check them against the module lock; `plan` does this between `init` and the rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from infragate.adapters import git_remote
from infragate.adapters.local import files
from infragate.adapters.modules import module_agreement, module_calls, module_checkouts, module_list
from infragate.domain import exit_codes
from infragate.domain.cloud import Cloud
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.modules import module_lock, module_states
from infragate.domain.modules.module_lock import FILE, Fetched, ModuleLock
from infragate.domain.modules.module_states import PinState
from infragate.usecases import judge_configuration
from infragate.usecases.judge_configuration import JudgeRequest
from infragate.usecases.stack import Stack, terraform_in


def read(root: Path) -> ModuleLock:
    """The lock of a checkout; empty if there is no file.

    Raises:
        Integrity: the file is damaged, or has the old format.
    """
    lock = read_any(root)
    if lock.version != module_lock.SCHEMA_VERSION:
        raise module_lock.old_format()
    return lock


def read_any(root: Path) -> ModuleLock:
    """As `read`, in the present or the old format."""
    text = files.read(files.unlinked(root, FILE))
    return module_lock.EMPTY if text is None else module_lock.parse(text)


def unlocked(root: Path, environment: Environment) -> tuple[str, ...]:
    """The module calls of a Stack and its local modules whose pin is not in the lock; only the code is read.

    Raises:
        Integrity: the lock is damaged. BadInput: the code cannot be read.
    """
    pins = {pin.key for pin in read(root).of_stack(environment.directory)}
    calls = module_calls.read_all(root / environment.directory, relative_to=root)
    return tuple(key for key, call in calls.items() if call.pin is not None and call.pin not in pins)


def data_folder(stack: Stack) -> Path:
    """TF_DATA_DIR of the modules that `fetch` has fetched."""
    return stack.local_folder / "modules"


def at_hand(stack: Stack) -> Path | None:
    """TF_DATA_DIR of fetched modules that match the code: of the last plan, else of `modules-lock`; None if neither does."""
    for data in (stack.local_folder / "plan" / "terraform", data_folder(stack)):
        if module_list.path(data).is_file() and module_agreement.is_current(data, stack.folder, root=stack.root):
            return data
    return None


def fetch(stack: Stack) -> tuple[Fetched, ...]:
    """Fetch the modules of a Stack again, to detect a moved tag; without a backend and credentials."""
    judge_configuration.refuse_sources(JudgeRequest(root=stack.root, environment=stack.environment))
    data = data_folder(stack)
    shutil.rmtree(data, ignore_errors=True)
    files.private_folder(data)
    terraform_in(
        stack.folder,
        root=stack.root,
        program=stack.program,
        data_folder=data,
        where=stack.environment.directory,
        variables=stack.session.cloud.variables,
    ).get()
    return module_checkouts.fetched(data, stack.folder, root=stack.root)


def remote_tags(urls: Iterable[str], cloud: Cloud) -> dict[str, dict[str, str]]:
    """The tags of each repository and their commits, queried in parallel.

    Raises:
        RemoteFailed: a repository cannot be reached.
    """
    urls = sorted(urls)
    with ThreadPoolExecutor(max_workers=8) as pool:
        return dict(zip(urls, pool.map(lambda url: git_remote.remote_tags(url, cloud.variables), urls), strict=True))


def verify(stack: Stack) -> tuple[PinState, ...]:
    """The state of each module of an initialised Stack; call it before Terraform runs any code of a module.

    Raises:
        Integrity: a module is moved, tampered, not locked, or locked but unused. BadInput: a module is not pinned.
    """
    fetched = module_checkouts.fetched(stack.terraform_data, stack.folder, root=stack.root)
    states = module_states.verified(read(stack.root), fetched, stack.environment.directory)
    states = with_changed_files(states, stack.terraform_data)
    refuse(states, str(stack.terraform_data / "modules"))
    return states


def with_changed_files(states: Iterable[PinState], data_folder: Path) -> tuple[PinState, ...]:
    """The states, naming the files that differ from the locked commit."""
    return tuple(_with_changed_files(state, data_folder) for state in states)


def _with_changed_files(state: PinState, data_folder: Path) -> PinState:
    if state.state != "tampered" or state.expected_commit is None:
        return state
    names = module_checkouts.changed_files(data_folder, state.module, state.expected_commit)
    more = f" (and {len(names) - 3} more)" if len(names) > 3 else ""
    return replace(state, detail=f"{state.detail}: {', '.join(names[:3])}{more}") if names else state


def refuse(states: Iterable[PinState], fetched_into: str = "") -> None:
    """Raise the error for the worst of the states, if any is bad."""
    if findings := module_states.findings(states, fetched_into):
        raise exit_codes.error(findings)


def refuse_unlockable(fetched: Mapping[str, Iterable[Fetched]]) -> None:
    """Refuse modules that cannot be locked: without a fixed ref, or with content that cannot be trusted."""
    for stack, modules in fetched.items():
        for module in modules:
            where = module.where or stack
            if module.problem:
                message = f"module {module.module}: {module.problem}"
                raise Integrity(message, where=where, fix="use a release without this problem")
            if module.unpinned:
                raise BadInput(module.unpinned, where=where, fix=module_states.PIN_A_RELEASE)
            if module.source.kind == "git" and module.commit is None:
                message = f"module {module.module}: the commit of its clone cannot be read"
                raise Integrity(message, where=where, fix="run it again, which fetches it again")
            if module.source.kind == "other":
                raise BadInput(
                    f"module {module.module}: {module.source.address} {module_lock.CANNOT_BE_LOCKED}",
                    where=where,
                    fix="publish it in a git repository and pin a tag",
                )
