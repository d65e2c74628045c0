"""`modules-verify`: check every fetched module against `infra/modules.lock`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from infragate.adapters.modules import module_checkouts
from infragate.domain.finding import Finding
from infragate.domain.modules import module_source, module_states
from infragate.domain.modules.module_lock import Fetched, ModuleLock
from infragate.domain.modules.module_states import PinState
from infragate.usecases.modules import module_pins
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulesVerifyRequest:
    """Check the modules of these Stacks; `remote` also compares the tags in the remote repositories."""

    root: Path
    stacks: tuple[Stack, ...]
    remote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulesVerifyResult:
    """The state of each module by Stack; `remotes` is the number of repositories queried."""

    stacks: dict[str, tuple[PinState, ...]]
    remotes: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all Stacks."""
        return module_states.findings(state for states in self.stacks.values() for state in states)


def run(request: ModulesVerifyRequest) -> ModulesVerifyResult:
    """Check the modules that `init` or `modules-lock` fetched; fetch missing ones.

    Raises:
        Integrity: the lock is damaged. RemoteFailed: a repository cannot be reached. InfragateError: as `Terraform.get`.
    """
    lock = module_pins.read(request.root)
    stacks = {stack.environment.directory: _states(stack, lock) for stack in request.stacks}
    remotes = 0
    if request.remote and request.stacks:
        urls = {module_source.of_pin(pin.source, pin.ref).repository for pin in lock.pins if pin.commit}
        tags = module_pins.remote_tags(urls, request.stacks[0].session.cloud)
        remotes = len(tags)
        stacks = {name: tuple(_compared(state, tags) for state in states) for name, states in stacks.items()}
    return ModulesVerifyResult(stacks=stacks, remotes=remotes)


def _states(stack: Stack, lock: ModuleLock) -> tuple[PinState, ...]:
    data, fetched = _fetched(stack)
    states = module_states.verified(lock, fetched, stack.environment.directory)
    return module_pins.with_changed_files(states, data)


def _fetched(stack: Stack) -> tuple[Path, tuple[Fetched, ...]]:
    """The modules in the data folder of the last plan, else of `modules-lock`, else fetched now; and that folder."""
    if data := module_pins.at_hand(stack):
        return data, module_checkouts.fetched(data, stack.folder, root=stack.root)
    return module_pins.data_folder(stack), module_pins.fetch(stack)


def _compared(state: PinState, tags: Mapping[str, Mapping[str, str]]) -> PinState:
    """A pin that matches the lock, but whose tag now has another commit in its repository, was moved."""
    if state.state != "ok" or state.ref is None or state.expected_commit is None:
        return state
    source = module_source.of_pin(state.source, state.ref)
    if source.tag is None:
        return state
    commit = tags.get(source.repository, {}).get(source.tag)
    if commit == state.expected_commit:
        return state
    reason = "is gone" if commit is None else f"was moved to {commit[:12]}"
    detail = f"{source.name}: the tag {source.tag} {reason} in its repository"
    return replace(state, state="moved", commit=commit, detail=detail)
