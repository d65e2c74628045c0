"""The module calls that a change selects, and the edits that change them to a tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infragate.adapters.modules.module_calls import ModuleCall
from infragate.domain.errors import BadInput
from infragate.domain.modules import pin_change
from infragate.domain.modules.pin_change import PinEdit
from infragate.domain.suggestions import nearest
from infragate.usecases.modules import module_pins
from infragate.usecases.stack import Stack


def edits(stack: Stack, tag: str, module: str | None, calls: Sequence[ModuleCall]) -> tuple[PinEdit, ...]:
    """The edits of the selected calls that do not have the tag yet.

    Args:
        module: the name of a call or of a module; None for all calls of git modules.

    Raises:
        BadInput: no such module or tag, or a source cannot be edited. RemoteFailed: a repository cannot be reached.
    """
    chosen = _chosen(stack, module, calls)
    tags = _tags(stack, tag, chosen)
    pins = (
        pin_change.pin_edit(
            module=call.name,
            where=call.where,
            path=call.file.path,
            block=call.block,
            comment=call.line_comment,
            tag=tag,
            commit=tags[call.source.repository][tag] if call.source else "",
        )
        for call in chosen
    )
    return tuple(pin for pin in pins if pin is not None)


def _chosen(stack: Stack, module: str | None, calls: Sequence[ModuleCall]) -> list[ModuleCall]:
    """The selected calls; calls whose source cannot be edited are included, and refused later."""
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
            f"not a git module: {foreign.name} ({foreign.source.address})",
            where=foreign.where,
            fix="edit its version by hand; infragate changes only git pins",
        )
    return named


def _tags(stack: Stack, tag: str, calls: Sequence[ModuleCall]) -> Mapping[str, Mapping[str, str]]:
    """The tags of each repository; all of them have `tag`."""
    urls = {call.source.repository for call in calls if call.source}
    tags_by_url = module_pins.remote_tags(urls, stack.session.cloud)
    for url, tags in tags_by_url.items():
        if tag not in tags:
            shown = ", ".join(pin_change.newest_first(tags)[:15]) or "no tags"
            hint = nearest(tag, tags)
            raise BadInput(
                f"there is no release {tag[:80]!r}; there are: {shown}",
                where=url,
                fix=f"did you mean --to {hint}?"
                if hint
                else "give one of them to --to, or select modules with --module",
            )
    return tags_by_url
