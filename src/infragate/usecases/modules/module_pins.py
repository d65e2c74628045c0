"""Fetch modules, and check them against the module lock; `plan` does this between `init` and the rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.local import files
from infragate.adapters.modules import module_calls, module_checkouts
from infragate.domain import exit_codes
from infragate.domain.cloud import Cloud
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.modules import module_lock
from infragate.domain.modules.module_lock import FILE, Fetched, ModuleLock, PinState
from infragate.usecases.stack import Stack, terraform_in


def read(root: Path) -> ModuleLock:
    """The lock of a checkout; empty if there is no file.

    Raises:
        Integrity: the file is damaged.
    """
    text = files.read(root / FILE)
    return module_lock.EMPTY if text is None else module_lock.parse(text)


def unlocked(root: Path, environment: Environment) -> tuple[str, ...]:
    """The names of a Stack's module calls whose pin is not in the lock; only the code is read.

    Raises:
        Integrity: the lock is damaged. BadInput: the code cannot be read.
    """
    lock = read(root)
    pins = {pin.key for pin in lock.of_stack(environment.directory)}
    return tuple(
        call.name
        for call in module_calls.read(root / environment.directory, relative_to=root)
        if call.source and call.source.kind == "git" and (call.source.address, call.source.ref) not in pins
    )


def data_folder(stack: Stack) -> Path:
    """TF_DATA_DIR of the modules that `fetch` has fetched."""
    return stack.local_folder / "modules"


def fetch(stack: Stack) -> tuple[Fetched, ...]:
    """Fetch the modules of a Stack again, to detect a moved tag; without a backend and credentials."""
    data = data_folder(stack)
    shutil.rmtree(data, ignore_errors=True)
    files.private_folder(data)
    terraform_in(
        stack.folder,
        program=stack.program,
        data_folder=data,
        where=stack.environment.directory,
        variables=stack.session.cloud.variables,
    ).get()
    return module_checkouts.fetched(data)


def remote_tags(urls: Iterable[str], cloud: Cloud) -> dict[str, dict[str, str]]:
    """The tags of each repository and their commits, queried in parallel.

    Raises:
        RemoteFailed: a repository cannot be reached.
    """
    urls = sorted(urls)
    with ThreadPoolExecutor(max_workers=8) as pool:
        return dict(zip(urls, pool.map(lambda url: git.remote_tags(url, cloud.variables), urls), strict=True))


def verify(stack: Stack) -> tuple[PinState, ...]:
    """The state of each module of an initialised Stack; call it before Terraform runs any code of a module.

    Raises:
        Integrity: a module is moved, tampered, not locked, or locked but unused. BadInput: a module is not pinned.
    """
    fetched = module_checkouts.fetched(stack.terraform_data)
    _refuse_other_calls(stack, fetched)
    states = module_lock.verified(read(stack.root), fetched, stack.environment.directory)
    refuse(states, str(stack.terraform_data / "modules"))
    return states


def _refuse_other_calls(stack: Stack, fetched: Iterable[Fetched]) -> None:
    """Checks of the code are only valid if infragate and `terraform init` read the same calls."""
    written = {call.name for call in module_calls.read(stack.folder, relative_to=stack.root)}
    differing = written ^ {module.module for module in fetched if "." not in module.module}
    if differing:
        raise BadInput(
            f"Terraform and infragate read different module calls in the code: {', '.join(sorted(differing))}",
            where=stack.environment.directory,
            fix="write each module as a block of its own in a .tf file",
        )


def refuse(states: Iterable[PinState], fetched_into: str = "") -> None:
    """Raise the error for the worst of the states, if any is bad."""
    if findings := module_lock.findings(states, fetched_into):
        raise exit_codes.error(findings)


def refuse_unlockable(fetched: Mapping[str, Iterable[Fetched]]) -> None:
    """Refuse modules that cannot be locked: without a fixed ref, or with content that cannot be trusted."""
    for stack, modules in fetched.items():
        for module in modules:
            if module.problem:
                raise Integrity(
                    module.problem, where=f"{stack}: module {module.module}", fix="use a release without this problem"
                )
            if module.unpinned:
                raise BadInput(module.unpinned, where=stack, fix="pin a release: ?ref=vX.Y.Z")
            if module.source.kind == "other":
                raise BadInput(
                    f"module {module.module} is not a git repository: its content cannot be pinned",
                    where=f"{stack}: {module.source.address}",
                    fix="publish it in a git repository and pin a tag",
                )
