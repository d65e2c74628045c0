"""Which module calls of a Stack a change means, and the edits that take them to a tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from infragate.adapters import git
from infragate.adapters.modules.module_calls import ModuleCall
from infragate.domain.errors import BadInput
from infragate.domain.modules import pin_change
from infragate.domain.modules.pin_change import PinEdit
from infragate.domain.suggestions import nearest
from infragate.usecases.stack import Stack


def edits(stack: Stack, tag: str, module: str | None, calls: Sequence[ModuleCall]) -> tuple[PinEdit, ...]:
    """The edits of the calls that are not at the tag yet.

    Args:
        module: a call's name, or a module's; None for all calls of git modules.

    Raises:
        BadInput: no such module or tag, or a source that cannot be edited. RemoteFailed: a repository cannot be asked.
    """
    chosen = _chosen(stack, module, calls)
    tags = _tags(stack, tag, chosen)
    found = []
    for call in chosen:
        source = call.source
        commit = tags[source.repository].get(tag) if source else None
        edit = pin_change.pin_edit(
            module=call.name,
            where=call.where,
            path=call.file.path,
            block=call.block,
            comment=call.line_comment,
            tag=tag,
            commit=commit or "",
        )
        if edit is not None:
            found.append(edit)
    return tuple(found)


def _chosen(stack: Stack, module: str | None, calls: Sequence[ModuleCall]) -> list[ModuleCall]:
    """The calls that are meant; one that is meant and cannot be edited is in the list and refused later."""
    if module is None:
        return [call for call in calls if call.source is None or call.source.kind == "git"]
    named = [call for call in calls if module in (call.name, call.source.name if call.source else None)]
    where = stack.environment.directory
    if not named:
        names = sorted({call.name for call in calls} | {call.source.name for call in calls if call.source})
        hint = nearest(module, names)
        known = f"it has: {', '.join(names) or 'no modules'}"
        raise BadInput(
            f"the Stack calls no module {module}",
            where=where,
            fix=f"did you mean {hint}? {known}" if hint else known,
        )
    foreign = next((call for call in named if call.source and call.source.kind != "git"), None)
    if foreign is not None and foreign.source is not None:
        raise BadInput(
            f"module {foreign.name} is no git module: {foreign.source.address}",
            where=foreign.where,
            fix="edit its version by hand; infragate moves git pins",
        )
    return named


def _tags(stack: Stack, tag: str, calls: Sequence[ModuleCall]) -> Mapping[str, Mapping[str, str]]:
    """The tags of each repository; each has the wanted one."""
    urls = sorted({call.source.repository for call in calls if call.source})
    with ThreadPoolExecutor(max_workers=8) as beside:
        found = dict(
            zip(urls, beside.map(lambda url: git.remote_tags(url, stack.session.cloud.variables), urls), strict=True)
        )
    for url, tags in found.items():
        if tag not in tags:
            shown = ", ".join(pin_change.newest_first(tags)[:15]) or "no tags at all"
            hint = nearest(tag, tags)
            raise BadInput(
                f"there is no release {tag[:80]!r}; there are: {shown}",
                where=url,
                fix=f"did you mean --to {hint}?"
                if hint
                else "give --to one of them, or --module for a part of the pins",
            )
    return found
