"""The change of a Stack to another release of its modules: edits of the code, inverse moves, and what would break.

Only pure functions of texts, interfaces and the plan.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding, place
from infragate.domain.modules import module_source
from infragate.domain.modules.module_interface import Input, ModuleInterface, Move
from infragate.domain.modules.module_source import ModuleSource
from infragate.domain.plan import Plan
from infragate.domain.terraform.hcl_syntax import Block, Literal

# Inverse moves have their own file, which is always rewritten as a whole.
MOVES_FILE = "module_moves.tf"
_HEADER = """\
# Written by infragate when a module went back to an older release: the older code knows these objects by their older
# addresses. Going forward again removes what the newer release moves by itself.
"""
_KEY = r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]'
_KEYS = re.compile(_KEY)

SOURCE = "release-change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace bytes `start` to `end` (exclusive) of a file."""

    path: str
    start: int
    end: int
    replacement: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PinEdit:
    """The change of one module call's pin.

    Attributes:
        where: file:line of the call.
        before, after: the refs.
        tag: the release that `after` names.
        edits: the ref, and the version in comments beside a commit id, if any.
    """

    module: str
    where: str
    source: str
    before: str
    after: str
    tag: str
    edits: tuple[Edit, ...]


def editable(module: str, where: str, block: Block) -> tuple[Literal, ModuleSource]:
    """The source of a call whose ref can be replaced.

    Raises:
        BadInput: the source is not a plain string, or has no ref.
    """
    attribute = block.attribute("source")
    literal = attribute.literal if attribute else None
    if literal is None or not literal.plain:
        raise BadInput(
            f"the source of module {module} cannot be edited: it is an expression, or has escapes",
            where=where,
            fix='write it as a plain string: source = "git::https://...?ref=TAG"',
        )
    source = module_source.parse(literal.value)
    if source.ref is None:
        raise BadInput(f"module {module} has no ref to change", where=where, fix="add ?ref=TAG to its source")
    return literal, source


def pin_edit(*, module: str, where: str, path: str, block: Block, tag: str, commit: str) -> PinEdit | None:
    """The change of a module call to a tag; None if it has that tag already.

    A pin by commit id stays a commit id: it becomes the tag's commit.

    Args:
        commit: the tag's commit.

    Raises:
        BadInput: as `editable`.
    """
    literal, source = editable(module, where, block)
    assert source.ref is not None  # noqa: S101 (`editable` refuses a source without one)
    new_ref = commit if source.by_commit else tag
    if (source.ref if source.by_commit else source.tag) == new_ref:
        return None
    changed = module_source.with_tag(literal.value, new_ref)
    assert source.ref_span  # noqa: S101 (a source with a ref has its span)
    start, end = (len(literal.value[:index].encode()) for index in source.ref_span)
    after = len(literal.value.encode()) - end
    new = changed.encode()[start : len(changed.encode()) - after]
    begin = literal.span.start
    edit = Edit(path=path, start=begin + start, end=begin + end, replacement=new)
    return PinEdit(
        module=module, where=where, source=source.address, before=source.ref, after=new_ref, tag=tag, edits=(edit,)
    )


def edited(content: bytes, edits: Iterable[Edit]) -> bytes:
    """Apply the edits; every other byte stays."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        content = content[: edit.start] + edit.replacement + content[edit.end :]
    return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Interfaces:
    """The modules of a Stack by key (`rds`, `rds.replica`), before and after the change."""

    before: Mapping[str, ModuleInterface]
    after: Mapping[str, ModuleInterface]


def inverse_moves(interfaces: Interfaces, addresses: Collection[str]) -> tuple[Move, ...]:
    """The moves that return objects to the addresses of the target release.

    Args:
        addresses: all addresses in the state.
    """
    known = set(addresses)
    inverse: list[Move] = []
    for key, move in reversed(_lost(interfaces)):  # a move may start where the one before it ended
        pattern = re.compile(rf"^({_module_pattern(key)}){re.escape(move.target)}(?=$|[.\[])")
        for prefix in sorted({match.group(1) for address in known if (match := pattern.match(address))}):
            back = Move(source=prefix + move.target, target=prefix + move.source)
            known |= {
                back.target + address.removeprefix(back.source) for address in known if _under(address, back.source)
            }
            inverse.append(back)
    return tuple(inverse)


def has_lost_moves(interfaces: Interfaces) -> bool:
    """True if `before` has moves that `after` lacks: only then can inverse moves be needed."""
    return bool(_lost(interfaces))


def _lost(interfaces: Interfaces) -> list[tuple[str, Move]]:
    return [
        (key, move)
        for key, before in interfaces.before.items()
        for move in before.moves
        if key not in interfaces.after or move not in interfaces.after[key].moves
    ]


def _module_pattern(key: str) -> str:
    return "".join(rf"module\.{re.escape(name)}(?:{_KEY})?\." for name in key.split("."))


def _under(address: str, base: str) -> bool:
    return address == base or address.startswith((f"{base}.", f"{base}["))


def kept_moves(present: Sequence[Move], interfaces: Interfaces) -> tuple[Move, ...]:
    """The inverse moves in MOVES_FILE that the new release does not undo itself."""
    forward = {
        (prefix + move.source, prefix + move.target)
        for key, interface in interfaces.after.items()
        for prefix in ["".join(f"module.{name}." for name in key.split("."))]
        for move in interface.moves
    }
    return tuple(move for move in present if (_KEYS.sub("", move.target), _KEYS.sub("", move.source)) not in forward)


def moves_text(moves: Iterable[Move]) -> str:
    """The text of MOVES_FILE; "" if there are no moves."""
    blocks = [f"\nmoved {{\n  from = {move.source}\n  to   = {move.target}\n}}\n" for move in dict.fromkeys(moves)]
    return _HEADER + "".join(blocks) if blocks else ""


def interface_findings(
    *, module: str, where: str, arguments: Collection[str], before: ModuleInterface, after: ModuleInterface, tag: str
) -> Iterator[Finding]:
    """The inputs that the caller must remove or add before the other release can be planned."""
    for name in sorted(set(arguments) - set(after.inputs)):
        yield complaint(
            "input-gone",
            f"{tag} has no input {name}",
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
    """A reason not to change to another release.

    Args:
        where: file:line, if the code is the reason.
    """
    file, line = place(where) if where else (None, None)
    return Finding(id=kind, source=SOURCE, message=message, address=address, file=file, line=line, fix=fix)


def _written(declared: Input) -> str:
    about = f"  # {declared.description}" if declared.description else ""
    return f"{declared.name} = <{declared.type}>{about}"


def gone_outputs(before: ModuleInterface, after: ModuleInterface) -> tuple[str, ...]:
    """Outputs that the target release does not have."""
    return tuple(sorted(set(before.outputs) - set(after.outputs)))


def losses(plan: Plan) -> Iterator[Finding]:
    """Stateful objects that a plan would destroy or replace."""
    for change in plan.changes:
        if change.loses_state:
            loss = "replaced" if change.action == "replace" else "destroyed"
            yield complaint(
                "stateful-lost",
                f"{change.type} would be {loss}{f': {change.reason}' if change.reason else ''}",
                address=change.address,
                fix="choose a release that keeps it, or move the data first (runbooks/rollback.md)",
            )
