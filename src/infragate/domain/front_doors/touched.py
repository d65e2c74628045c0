"""Which Environments and modules a change touches: those whose plan could differ after it."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from infragate.domain.environment import Environment, Project
from infragate.domain.front_doors import sections, stack_inputs
from infragate.domain.front_doors.stack_inputs import ENVIRONMENTS, POLICY, StackInputs, is_below
from infragate.domain.modules import module_lock
from infragate.domain.modules.module_lock import ModuleLock

Rule = Literal["stack", "module", "file", "unreadable", "pin", "settings", "removed", "policy", "values", "git"]
_GIT = frozenset((".gitattributes", ".gitmodules"))  # they change what a checkout writes


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchReason:
    """Why an Environment is touched.

    Attributes:
        environment: None for all.
        rule: stack, module, file: code, a local module or a file that it reads; unreadable: the code cannot be followed;
            pin: infra/modules.lock; settings, removed: environments.yaml; values: shared tfvars.
        detail: more about it, "" if there is no more.
    """

    environment: str | None
    file: str
    rule: Rule
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The settings and pins of a commit; None for what it does not have, or nobody can read."""

    project: Project | None
    lock: ModuleLock | None


def reasons(
    names: Collection[str], before: Side, after: Project, lock: ModuleLock | None, inputs: Mapping[str, StackInputs]
) -> tuple[TouchReason, ...]:
    """Why Environments are touched by a change of these files, in the order of environments.yaml.

    Args:
        after, lock: the settings and pins with the change.
        inputs: what each Stack reads with the change, by Environment.
    """
    touches = [
        *_of_all(names, before, after),
        *(_of_settings(before.project, after) if ENVIRONMENTS in names else ()),
        *(_of_pins(before.lock, lock, after) if module_lock.FILE in names else ()),
    ]
    for environment in after.environments:
        touches += _of_stack(names, inputs[environment.name])
    order = {name: number for number, name in enumerate((None, *after.names))}
    return tuple(sorted(dict.fromkeys(touches), key=lambda reason: order.get(reason.environment, len(order))))


def environments(touches: Collection[TouchReason], project: Project) -> tuple[str, ...]:
    """The Environments that are touched, in the order of environments.yaml."""
    touched = {reason.environment for reason in touches}
    return tuple(name for name in project.names if None in touched or name in touched)


def modules(names: Collection[str]) -> tuple[str, ...]:
    """The published modules that a change of these files touches, sorted."""
    parts = (name.split("/") for name in names)
    return tuple(sorted({part[1] for part in parts if part[0] == "modules" and len(part) > 2}))


def _of_all(names: Collection[str], before: Side, after: Project) -> Iterator[TouchReason]:
    sides = (before.project, after)
    directories = [environment.directory for side in sides if side for environment in side.environments]
    for name in sorted(names):
        if is_below(name, POLICY):
            yield TouchReason(environment=None, file=name, rule="policy")
        elif stack_inputs.is_shared_values(name, directories):
            yield TouchReason(environment=None, file=name, rule="values")
        elif posixpath.basename(name) in _GIT:
            yield TouchReason(environment=None, file=name, rule="git")


def _of_settings(before: Project | None, after: Project) -> Iterator[TouchReason]:
    if before is None or _shared(before) != _shared(after):
        detail = "" if before else "the settings before the change cannot be read"
        yield TouchReason(environment=None, file=ENVIRONMENTS, rule="settings", detail=detail)
    old: dict[str, Environment] = {one.name: one for one in before.environments} if before else {}
    for environment in after.environments:
        if environment != old.pop(environment.name, None):
            yield TouchReason(environment=environment.name, file=ENVIRONMENTS, rule="settings")
    for name in old:
        yield TouchReason(environment=name, file=ENVIRONMENTS, rule="removed")


def _shared(project: Project) -> Project:
    """The settings that every plan depends on."""
    return replace(project, environments=(), file="", front_doors=sections.NONE)


def _of_pins(before: ModuleLock | None, after: ModuleLock | None, project: Project) -> Iterator[TouchReason]:
    if before is None or after is None:
        yield TouchReason(environment=None, file=module_lock.FILE, rule="pin", detail="the lock cannot be compared")
        return
    for environment in project.environments:
        directory = posixpath.normpath(environment.directory)
        old, new = (_contents(lock, directory) for lock in (before, after))
        for source, ref, *_ in sorted(new ^ old, key=str):
            detail = f"{source} {ref}"
            yield TouchReason(environment=environment.name, file=module_lock.FILE, rule="pin", detail=detail)


def _contents(lock: ModuleLock, directory: str) -> set[tuple[str, str, str | None, str | None]]:
    pins = (pin for pin in lock.pins if directory in map(posixpath.normpath, pin.stacks))
    return {(pin.source, pin.ref, pin.commit, pin.tree) for pin in pins}


def _of_stack(names: Collection[str], inputs: StackInputs) -> Iterator[TouchReason]:
    name, directory = inputs.environment, inputs.directory
    if inputs.problem is not None:
        yield TouchReason(environment=name, file=directory, rule="unreadable", detail=inputs.problem)
    for file in sorted(names):
        if is_below(file, directory):
            yield TouchReason(environment=name, file=file, rule="stack")
        elif any(is_below(file, folder) for folder in inputs.modules):
            yield TouchReason(environment=name, file=file, rule="module")
        elif any(is_below(file, place) for place in inputs.files):
            yield TouchReason(environment=name, file=file, rule="file")
