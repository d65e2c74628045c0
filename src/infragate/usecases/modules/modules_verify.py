"""`modules-verify`: every module of a Stack against `infra/modules.lock`; offline from what was fetched."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from infragate.adapters import git
from infragate.adapters.modules import module_checkouts, module_list
from infragate.domain.environment import Environment
from infragate.domain.finding import Finding
from infragate.domain.modules import module_lock, module_source
from infragate.domain.modules.module_lock import Fetched, ModuleLock, PinState
from infragate.usecases.modules import module_pins
from infragate.usecases.modules.module_pins import Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulesVerifyRequest:
    """Which Stacks.

    Attributes:
        environments: names; none means all that the checkout has.
        remote: ask the repositories where their tags stand as well.
    """

    workshop: Workshop
    environments: tuple[str, ...] = ()
    remote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulesVerifyResult:
    """The state of each module by Stack; `remotes` counts the repositories that were asked."""

    stacks: dict[str, tuple[PinState, ...]]
    remotes: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, in all Stacks."""
        return module_lock.findings(state for states in self.stacks.values() for state in states)


def run(request: ModulesVerifyRequest) -> ModulesVerifyResult:
    """Look at what `init` (or `modules-lock`) has fetched; what was never fetched is fetched now.

    Raises:
        Integrity: the lock is damaged. RemoteFailed: a repository cannot be asked. InfragateError: as `terraform get`.
    """
    workshop = request.workshop
    chosen = [workshop.project.environment(name) for name in request.environments] or list(workshop.stacks())
    lock = module_pins.read(workshop.root)
    stacks = {one.directory: module_lock.verified(lock, _fetched(workshop, one), one.directory) for one in chosen}
    remotes = 0
    if request.remote:
        tags = _tags(lock, workshop)
        remotes = len(tags)
        stacks = {name: tuple(_against(state, tags) for state in states) for name, states in stacks.items()}
    return ModulesVerifyResult(stacks=stacks, remotes=remotes)


def _fetched(workshop: Workshop, environment: Environment) -> tuple[Fetched, ...]:
    """From the data folder of the last plan, else of the last lock."""
    planned = workshop.data_folder(environment).parent / "plan" / "terraform"
    for place in (planned, workshop.data_folder(environment)):
        stack = workshop.root / environment.directory
        if module_list.path(place).is_file() and module_checkouts.is_current(place, stack, root=workshop.root):
            return module_checkouts.fetched(place)
    return module_pins.fetch(workshop, environment)


def _tags(lock: ModuleLock, workshop: Workshop) -> dict[str, dict[str, str]]:
    """The tags of each locked repository, asked side by side."""
    urls = sorted({module_source.of_pin(pin.source, pin.ref).repository for pin in lock.pins})
    with ThreadPoolExecutor(max_workers=8) as beside:
        found = beside.map(lambda url: git.remote_tags(url, workshop.cloud.variables), urls)
        return dict(zip(urls, found, strict=True))


def _against(state: PinState, tags: dict[str, dict[str, str]]) -> PinState:
    """A pin that is well here and whose tag stands elsewhere there has been moved since it was fetched."""
    if state.state != "ok" or state.ref is None:
        return state
    source = module_source.of_pin(state.source, state.ref)
    if source.tag is None:
        return state
    there = tags.get(source.repository, {}).get(source.tag)
    if there == state.expected_commit:
        return state
    said = f"the tag {source.tag} is gone" if there is None else f"the tag {source.tag} was moved to {there[:12]}"
    return replace(state, state="moved", commit=there, detail=f"{source.name}: {said} in its repository")
