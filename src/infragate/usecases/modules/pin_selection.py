"""The module calls that a change selects, and the edits that change them to a release."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from infragate.adapters.modules import module_calls
from infragate.adapters.modules.module_calls import ModuleCall
from infragate.adapters.terraform import hcl
from infragate.domain.errors import BadInput
from infragate.domain.modules import pin_change, pin_target, version_comment
from infragate.domain.modules.module_source import ModuleSource
from infragate.domain.modules.pin_change import PinEdit
from infragate.domain.modules.pin_target import Direction, Kept, Pin, Unordered
from infragate.domain.suggestions import nearest
from infragate.usecases.modules import module_pins
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class PinRequest:
    """Which pins go where.

    Attributes:
        release: a tag, `latest`, or a version constraint.
        module: the name of a call or of a module; None for all calls of git modules.
        keep: keys of calls that stay in any case.
        moves_unordered: asked where nobody can tell whether a pin is older than its target: True moves it.
    """

    release: str
    module: str | None
    direction: Direction
    keep: frozenset[str] = frozenset()
    moves_unordered: Callable[[Unordered], bool] = lambda _pin: True


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The pins to change, and those that stay.

    Attributes:
        calls: all calls that the Stack reaches, by the names of nested calls joined by dots.
    """

    calls: Mapping[str, ModuleCall]
    pins: tuple[PinEdit, ...] = ()
    kept: tuple[Kept, ...] = ()


def select(stack: Stack, request: PinRequest) -> Selection:
    """The edits of the selected calls.

    Raises:
        BadInput: no such module or tag, no pin that this verb may move, or a source cannot be edited.
        RemoteFailed: a repository cannot be reached.
    """
    calls = reached(stack.folder, stack.root)
    chosen = _chosen(stack, request.module, calls)
    if unknown := sorted(request.keep - calls.keys()):
        raise BadInput(
            f"the Stack has no call {unknown[0]}",
            where=stack.environment.directory,
            fix=f"give one of them to --keep: {', '.join(sorted(calls))}",
        )
    git_calls = {key: source for key, call in chosen.items() if (source := _source(key, call)) is not None}
    tags = module_pins.remote_tags({source.repository for source in git_calls.values()}, stack.session.cloud)
    pins: list[PinEdit] = []
    kept: list[Kept] = []
    for key, source in git_calls.items():
        if key in request.keep:
            ref = source.ref or ""
            kept.append(Kept(module=key, where=calls[key].where, ref=ref, reason="--keep", there=True))
            continue
        pin = _pin(key, calls[key], source, tags[source.repository], selected=request.module is not None)
        target = pin_target.of(request.release, pin, tags[source.repository], request.direction)
        if isinstance(target, Unordered):
            stays = Kept(module=key, where=pin.where, ref=pin.standing, reason="its order is unknown", there=True)
            target = target.tag if request.moves_unordered(target) else stays
        if isinstance(target, str) and _outside(calls[key]):
            target = Kept(module=key, where=pin.where, ref=pin.standing, reason="its file is not in this checkout")
        if isinstance(target, Kept):
            kept.append(target)
        else:
            pins += _edit(key, calls[key], pin, target, tags[source.repository][target])
    if not pins:
        pin_target.refuse_nothing_to_move(request.release, kept, request.direction)
    return Selection(calls=calls, pins=tuple(pins), kept=tuple(kept))


def _source(key: str, call: ModuleCall) -> ModuleSource | None:
    """The source of a git call; None for any other kind.

    Raises:
        BadInput: the source cannot be edited.
    """
    if call.source is not None and call.source.kind != "git":
        return None
    return pin_change.editable(key, call.where, call.block)[1]


def _pin(key: str, call: ModuleCall, source: ModuleSource, tags: Mapping[str, str], *, selected: bool) -> Pin:
    at_commit = tuple(tag for tag, commit in tags.items() if commit == source.ref)
    return Pin(
        module=key,
        name=source.name,
        where=call.where,
        repository=source.repository,
        ref=source.ref or "",
        tags=at_commit if source.by_commit else (source.tag or "",),
        selected=selected,
    )


def _edit(key: str, call: ModuleCall, pin: Pin, tag: str, commit: str) -> Iterator[PinEdit]:
    edit = pin_change.pin_edit(
        module=key, where=call.where, path=call.file.path, block=call.block, tag=tag, commit=commit
    )
    if edit is not None and edit.after == commit:
        comments = version_comment.edits(call.file, call.block, hcl.comments(call.file), pin.tags, tag)
        edit = replace(edit, edits=(*edit.edits, *comments))
    if edit is not None:
        yield edit


def reached(folder: Path, root: Path) -> dict[str, ModuleCall]:
    """The calls of a Stack and of its local modules; a call that is reached twice is listed once.

    Raises:
        BadInput: as `module_calls.read_all`.
    """
    calls: dict[str, ModuleCall] = {}
    places: set[str] = set()
    for key, call in module_calls.read_all(folder, relative_to=root).items():
        if call.where not in places:
            places.add(call.where)
            calls[key] = call
    return calls


def _outside(call: ModuleCall) -> bool:
    return Path(call.file.path).is_absolute()


def shared_with(stack: Stack, pins: Sequence[PinEdit]) -> tuple[str, ...]:
    """The other Environments whose Stacks reach a file that the pins change.

    Raises:
        BadInput: a file cannot be read.
    """
    own = f"{stack.environment.directory}/"
    files = {edit.path for pin in pins for edit in pin.edits if not edit.path.startswith(own)}
    others = [name for name in stack.session.project.names if files and name != stack.environment.name]
    folders = {name: stack.of(name).folder for name in others}
    return tuple(
        name
        for name, folder in folders.items()
        if folder.is_dir() and any(call.file.path in files for call in reached(folder, stack.root).values())
    )


def _chosen(stack: Stack, module: str | None, calls: Mapping[str, ModuleCall]) -> Mapping[str, ModuleCall]:
    """The selected calls; calls whose source cannot be edited are included, and refused later."""
    if module is None:
        return calls
    named = {
        key: call
        for key, call in calls.items()
        if module in (key, call.name, call.source.name if call.source else None) or key.startswith(f"{module}.")
    }
    where = stack.environment.directory
    if not named:
        names = sorted(
            {call.name for call in calls.values()} | {call.source.name for call in calls.values() if call.source}
        )
        hint = nearest(module, names)
        known = f"it has: {', '.join(names) or 'no modules'}"
        raise BadInput(
            f"the Stack calls no module {module}",
            where=where,
            fix=f"did you mean {hint}? {known}" if hint else known,
        )
    if not any(call.source is None or call.source.kind == "git" for call in named.values()):
        name, foreign = next(iter(named.items()))
        raise BadInput(
            f"not a git module: {name} ({foreign.source.address if foreign.source else ''})",
            where=foreign.where,
            fix="edit its version by hand; infragate changes only git pins",
        )
    return named
