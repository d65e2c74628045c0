"""A Stack goes to another release of its modules: the bytes that change, addresses that move back, what would break.

Everything here is a function of texts, interfaces and the plan; fetching and planning are done elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding, place
from infragate.domain.modules import module_source
from infragate.domain.modules.module_interface import Input, ModuleInterface, Move
from infragate.domain.plan import Plan
from infragate.domain.terraform.hcl_syntax import Block

# Inverse moves lie in a file of their own: it is ours to write again as a whole.
MOVES_FILE = "module_moves.tf"
_HEADER = """\
# Written by infragate when a module went back to an older release: the older code knows these objects by their older
# addresses. Going forward again removes what the newer release moves by itself.
"""
_KEY = r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]'
_KEYS = re.compile(_KEY)
_VERSION_IN_COMMENT = re.compile(r"\bv?\d+\.\d+(?:[0-9A-Za-z.+-]*[0-9A-Za-z])?")

SOURCE = "release-change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Bytes `start` to `end` of a file become `replacement`."""

    path: str
    start: int
    end: int
    replacement: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PinEdit:
    """The pin of one module call.

    Attributes:
        edits: of the file, at most two: the ref, and the version in a comment behind a commit id.
    """

    module: str
    where: str
    source: str
    before: str
    after: str
    edits: tuple[Edit, ...]


def pin_edit(
    *, module: str, where: str, path: str, block: Block, comment: str, tag: str, commit: str
) -> PinEdit | None:
    """The change of one call's ref to a tag; None when it is there already.

    A pin by commit id stays one: it gets the tag's commit, and the version in the comment behind it follows.

    Args:
        comment: what stands behind the source on its line; commit: what the tag stands at.

    Raises:
        BadInput: the source is not a plain string, or has no ref.
    """
    attribute = block.attribute("source")
    literal = attribute.literal if attribute else None
    if literal is None or not literal.plain:
        raise BadInput(
            f"the source of module {module} cannot be edited: it is computed, or written with escapes",
            where=where,
            fix='write it as a plain string: source = "git::https://...?ref=TAG"',
        )
    source = module_source.parse(literal.value)
    if source.ref is None:
        raise BadInput(f"module {module} has no ref to change", where=where, fix=f"add ?ref={tag} to its source")
    new_ref = commit if source.by_commit else tag
    if (source.ref if source.by_commit else source.tag) == new_ref:
        return None
    changed = module_source.with_tag(literal.value, new_ref)
    assert source.ref_span  # noqa: S101 (a ref has a place)
    start, end = (len(literal.value[:place].encode()) for place in source.ref_span)
    tail = len(literal.value.encode()) - end
    new = changed.encode()[start : len(changed.encode()) - tail]
    begin = literal.span.start
    edits = [Edit(path=path, start=begin + start, end=begin + end, replacement=new)]
    edits += _comment_edit(path, comment, literal.span.end, tag) if source.by_commit else []
    return PinEdit(
        module=module, where=where, source=source.address, before=source.ref, after=new_ref, edits=tuple(edits)
    )


def _comment_edit(path: str, comment: str, line_rest: int, tag: str) -> list[Edit]:
    """The version in `" # v1.2.3`; `comment` begins behind the closing quote."""
    version = _VERSION_IN_COMMENT.search(comment)
    if not comment.lstrip().startswith(("#", "//")) or version is None:
        return []
    start = line_rest + 1 + len(comment[: version.start()].encode())
    return [Edit(path=path, start=start, end=start + len(version.group().encode()), replacement=tag.encode())]


def edited(content: bytes, edits: Iterable[Edit]) -> bytes:
    """The content with all edits made; every other byte is as it was."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        content = content[: edit.start] + edit.replacement + content[edit.end :]
    return content


def release(tag: str) -> Version | None:
    """A tag as a version, in the order of releases; None when it is none."""
    try:
        return Version(tag.rpartition("/")[2].removeprefix("v"))
    except InvalidVersion:
        return None


def newest_first(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags in the order in which people look for them: releases from the newest, then the rest by name."""
    tags = sorted(tags)
    known = [tag for tag in tags if release(tag) is not None]
    return (
        *sorted(known, key=lambda tag: release(tag) or Version("0"), reverse=True),
        *(tag for tag in tags if release(tag) is None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Interfaces:
    """All modules of a Stack by key (`rds`, `rds.replica`), before and after."""

    before: Mapping[str, ModuleInterface]
    after: Mapping[str, ModuleInterface]


def inverse_moves(interfaces: Interfaces, addresses: Collection[str]) -> tuple[Move, ...]:
    """The moves that bring objects back to the addresses that the target release knows.

    Args:
        addresses: what the state holds.
    """
    known = set(addresses)
    inverse: list[Move] = []
    lost = [(key, move) for key, before in interfaces.before.items() for move in _lost(interfaces, key, before)]
    for key, move in reversed(lost):  # a later move may start where an earlier one ended
        pattern = re.compile(rf"^({_module_pattern(key)}){re.escape(move.target)}(?=$|[.\[])")
        for prefix in sorted({match.group(1) for address in known if (match := pattern.match(address))}):
            back = Move(source=prefix + move.target, target=prefix + move.source)
            known |= {
                back.target + address.removeprefix(back.source) for address in known if _under(address, back.source)
            }
            inverse.append(back)
    return tuple(inverse)


def _lost(interfaces: Interfaces, key: str, before: ModuleInterface) -> list[Move]:
    after = interfaces.after.get(key)
    return [move for move in before.moves if after is None or move not in after.moves]


def _module_pattern(key: str) -> str:
    return "".join(rf"module\.{re.escape(name)}(?:{_KEY})?\." for name in key.split("."))


def _under(address: str, base: str) -> bool:
    return address == base or address.startswith((f"{base}.", f"{base}["))


def kept_moves(present: Sequence[Move], interfaces: Interfaces) -> tuple[Move, ...]:
    """Those of our inverse moves that the new release does not take back."""
    forward = {
        (path + move.source, path + move.target)
        for key, interface in interfaces.after.items()
        for path in ["".join(f"module.{name}." for name in key.split("."))]
        for move in interface.moves
    }
    return tuple(move for move in present if (_KEYS.sub("", move.target), _KEYS.sub("", move.source)) not in forward)


def moves_text(moves: Iterable[Move]) -> str:
    """The text of the file of inverse moves; "" when there are none."""
    blocks = [f"\nmoved {{\n  from = {move.source}\n  to   = {move.target}\n}}\n" for move in dict.fromkeys(moves)]
    return _HEADER + "".join(blocks) if blocks else ""


def interface_findings(
    *, module: str, where: str, arguments: Collection[str], before: ModuleInterface, after: ModuleInterface, tag: str
) -> Iterator[Finding]:
    """What the caller must write before the other release can be planned (its outputs are looked at elsewhere)."""
    for name in sorted(set(arguments) - set(after.inputs)):
        yield complaint(
            "input-gone",
            f"{tag} does not know the input {name}",
            address=f"module.{module}.{name}",
            where=where,
            fix=f"remove {name} = ... from module {module}",
        )
    for name, declared in sorted(after.inputs.items()):
        if declared.required and name not in arguments:
            new = "" if name in before.inputs else "new and "
            yield complaint(
                "input-required",
                f"the input {name} is {new}required in {tag}",
                address=f"module.{module}.{name}",
                where=where,
                fix=f"add to module {module}: {_written(declared)}",
            )


def complaint(kind: str, message: str, *, address: str, where: str | None = None, fix: str) -> Finding:
    """Something that stands in the way of another release.

    Args:
        where: file:line; None where it is about the address alone.
    """
    file, line = place(where) if where else (None, None)
    return Finding(id=kind, source=SOURCE, message=message, address=address, file=file, line=line, fix=fix)


def _written(declared: Input) -> str:
    about = f"  # {declared.description}" if declared.description else ""
    return f"{declared.name} = <{declared.type}>{about}"


def gone_outputs(before: ModuleInterface, after: ModuleInterface) -> tuple[str, ...]:
    """Outputs that the target release no longer has."""
    return tuple(sorted(set(before.outputs) - set(after.outputs)))


def losses(plan: Plan) -> Iterator[Finding]:
    """Stateful objects that a plan would destroy or replace."""
    for change in plan.changes:
        if change.loses_state:
            what = "replaced" if change.action == "replace" else "destroyed"
            yield complaint(
                "stateful-lost",
                f"{change.type} would be {what}{f': {change.reason}' if change.reason else ''}",
                address=change.address,
                fix="choose a release that keeps it, or move the data first (runbooks/rollback.md)",
            )
