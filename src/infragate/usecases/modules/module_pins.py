"""The module lock beside what Terraform has fetched: the check that stands in `plan` between init and the rest."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import files, own_folder
from infragate.adapters.modules import module_calls, module_checkouts
from infragate.domain import exit_codes
from infragate.domain.cloud import Cloud
from infragate.domain.command import Say
from infragate.domain.environment import Environment, Project
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.modules import module_lock
from infragate.domain.modules.module_lock import FILE, Fetched, ModuleLock, PinState
from infragate.usecases import tools_install
from infragate.usecases.stack import Stack, terraform_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Where modules are fetched without a backend, and for whom."""

    root: Path
    project: Project
    cloud: Cloud
    say: Say

    def stacks(self) -> tuple[Environment, ...]:
        """The Environments whose Stack is in this checkout."""
        return tuple(one for one in self.project.environments if (self.root / one.directory).is_dir())

    def data_folder(self, environment: Environment) -> Path:
        """TF_DATA_DIR of the fetched modules."""
        return own_folder.of(self.root) / self.cloud.name / environment.name / "modules"


def read(root: Path) -> ModuleLock:
    """The lock of a checkout; without a file, an empty one.

    Raises:
        Integrity: it is damaged.
    """
    text = files.read(root / FILE)
    return module_lock.EMPTY if text is None else module_lock.parse(text)


def unlocked(root: Path, environment: Environment) -> tuple[str, ...]:
    """The calls of a Stack whose pin the lock does not hold, by name; only the code is read.

    Raises:
        Integrity: the lock is damaged. BadInput: the code cannot be read.
    """
    lock = read(root)
    found = []
    for call in module_calls.read(root / environment.directory, relative_to=root):
        if call.source is None or call.source.kind != "git":
            continue
        pin = lock.pin(call.source.address, call.source.ref or "")
        if pin is None or environment.directory not in pin.stacks:
            found.append(call.name)
    return tuple(found)


def fetch(workshop: Workshop, environment: Environment) -> tuple[Fetched, ...]:
    """Fetch the modules of one Stack anew, so that a moved tag is seen.

    Raises:
        InfragateError: Terraform could not fetch them.
    """
    data = workshop.data_folder(environment)
    shutil.rmtree(data, ignore_errors=True)
    files.private_folder(data)
    terraform_in(
        workshop.root / environment.directory,
        program=tools_install.ready("terraform", workshop.root, say=workshop.say),
        data_folder=data,
        where=environment.directory,
        variables=workshop.cloud.variables,
    ).get()
    return module_checkouts.fetched(data)


def verify(stack: Stack) -> tuple[PinState, ...]:
    """The state of each module of an initialised Stack; nothing of a module may have run before.

    Raises:
        Integrity: moved, tampered, not locked, or locked and gone. BadInput: not pinned at all.
    """
    fetched = module_checkouts.fetched(stack.terraform_data)
    _refuse_other_calls(stack, fetched)
    states = module_lock.verified(read(stack.root), fetched, stack.environment.directory)
    refuse(states, str(stack.terraform_data / "modules"))
    return states


def _refuse_other_calls(stack: Stack, fetched: Iterable[Fetched]) -> None:
    """What `init` resolved decides; where the code reads differently to us, no check of the code would hold.

    Raises:
        BadInput: naming the calls that only one of them has.
    """
    written = {call.name for call in module_calls.read(stack.folder, relative_to=stack.root)}
    differing = written ^ {module.module for module in fetched if "." not in module.module}
    if differing:
        raise BadInput(
            f"Terraform and infragate read other module calls in the code: {', '.join(sorted(differing))}",
            where=stack.environment.directory,
            fix="write each module as a block of its own in a .tf file",
        )


def refuse(states: Iterable[PinState], fetched_into: str = "") -> None:
    """Raise for the worst of the states.

    Raises:
        Integrity, BadInput: as `verify`.
    """
    if findings := module_lock.findings(states, fetched_into):
        raise exit_codes.error(findings)


def sound(fetched: Mapping[str, Iterable[Fetched]]) -> None:
    """Refuse to lock what cannot be locked: no fixed ref, or content that may not be trusted.

    Raises:
        Integrity, BadInput: naming the module.
    """
    for stack, modules in fetched.items():
        for one in modules:
            if one.problem and one.source.kind == "git":
                raise Integrity(one.problem, where=f"{stack}: module {one.module}", fix="use a release without it")
            if one.unpinned:
                raise BadInput(one.unpinned, where=stack, fix="pin a release: ?ref=vX.Y.Z")
            if one.source.kind == "other":
                raise BadInput(
                    f"module {one.module} is no git repository: nothing binds its content",
                    where=f"{stack}: {one.source.address}",
                    fix="publish it in a git repository and pin a tag",
                )
