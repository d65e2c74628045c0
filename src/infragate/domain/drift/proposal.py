"""A pull request that settles drift: what it applies again, what it brings into the code, and its two files.

An apply of the present code takes most drift back, so no code changes for it. But a pull request without a file of the Stack
is planned by nobody: the record, which Terraform does not read, is that file.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from infragate.domain.drift.addition import Addition, Adoption
from infragate.domain.drift.report import DriftItem, StackDrift
from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding
from infragate.domain.plan import Plan

RECORD, IMPORTED, PAGE = "drift.md", "imported.tf", "docs/drift.md"
SOURCE = "drift-fix"
_HEAD = """\
# Drift of {name}

A line for each pull request of `infragate drift-fix`: when, the digest of what it settles, and how. Terraform does not read
this file. It is the Stack's, so a pull request that only applies the present code again is planned and checked.

"""
_LINE = re.compile(r"- (\d{4}-\d\d-\d\d) ([0-9a-f]{12}): ")
_TAGS = re.compile(r"tags(_all)?\b")
_IMPORTED_HEAD = """\
# Written by infragate: what was added by hand, as the cloud has it. Once it is applied, the `import` blocks can be removed.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that was added by hand, which can stay or go."""

    item: DriftItem
    addition: Addition

    @property
    def id(self) -> str:
        """As it is imported; "" if it cannot be."""
        return self.addition.adoption.id if self.addition.adoption else ""

    @property
    def is_security(self) -> bool:
        return "security" in self.item.marks


def offers(drift: StackDrift) -> tuple[Offer, ...]:
    """What was added by hand and counts."""
    return tuple(
        Offer(item=item, addition=addition)
        for item in drift.counted
        for addition in item.additions
        if addition.path in {field.path for field in item.fields}
    )


def kept(
    present: Sequence[Offer], names: Collection[str], *, everything: bool, ask: Callable[[Offer], bool]
) -> tuple[Offer, ...]:
    """Those that are kept, to become code.

    Args:
        names: addresses of resources, or ids.
        everything: all that can.
        ask: asked of each, if nothing is named.

    Raises:
        BadInput: a name that is not there, or that cannot be imported.
    """
    for name in names:
        named = [offer for offer in present if name in (offer.item.address, offer.id)]
        if not named:
            listed = ", ".join(dict.fromkeys(offer.id or offer.item.address for offer in present)) or "nothing"
            raise BadInput(
                f"{name} was not added by hand", where="--keep", fix=f"give an address or an id; added were: {listed}"
            )
        if not any(offer.id for offer in named):
            why = named[0].addition.obstacle
            raise BadInput(f"{name} cannot be imported: {why}", where="--keep", fix=f"leave it out ({PAGE})")
    able = [offer for offer in present if offer.id]
    if everything or names:
        return tuple(offer for offer in able if everything or not {offer.item.address, offer.id}.isdisjoint(names))
    return tuple(offer for offer in able if ask(offer))


def adoptions(chosen: Iterable[Offer]) -> tuple[Adoption, ...]:
    """Their resources, each once."""
    adopted = {offer.addition.adoption.address: offer.addition.adoption for offer in chosen if offer.addition.adoption}
    return tuple(adopted[address] for address in sorted(adopted))


def digest(drift: StackDrift, adopted: Iterable[Adoption]) -> str:
    """The same for the same drift, settled in the same way."""
    text = "\n".join([str(drift.fingerprint), *(adoption.address for adoption in adopted)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def days(record: str | None, digest: str) -> tuple[str, ...]:
    """The days of a digest's lines in a record."""
    matches = [_LINE.match(line) for line in (record or "").splitlines()]
    return tuple(match[1] for match in matches if match and match[2] == digest)


def recorded(record: str | None, environment: str, line: str) -> str:
    """The record with one more line."""
    return f"{(record or _HEAD.format(name=environment)).rstrip()}\n{'' if record else chr(10)}{line}\n"


def line(day: date | str, digest: str, *, applied: int, imported: int) -> str:
    """The record's line of a pull request."""
    parts = [
        f"{number} {'difference' if number == 1 else 'differences'} {what}"
        for number, what in ((applied, "applied again"), (imported, "imported"))
        if number
    ]
    return f"- {day} {digest}: {', '.join(parts)}"


def imported(present: str | None, adopted: Iterable[Adoption]) -> str:
    """The file of what was imported, with what it does not have yet."""
    text = present or _IMPORTED_HEAD
    new = [adoption.code for adoption in adopted if adoption.code not in text]
    return text.rstrip("\n") + "\n" + "".join(f"\n{code}" for code in new)


def refusals(plan: Plan, adopted: Iterable[Adoption]) -> Iterator[Finding]:
    """Why a plan is not what was promised: it would lose data, or an import would change what it imports.

    An import may give the tags that the provider gives to everything (`default_tags`), and change nothing else.
    """
    changes = {change.address: change for change in plan.changes}
    for adoption in adopted:
        change = changes.get(adoption.address)
        if change is None or not change.imported or change.action not in ("no-op", "update"):
            message = f"the plan would not only import {adoption.id}"
            yield _finding("import-changes", message, adoption.address, _BY_HAND)
        elif others := [field.path for field in change.fields if not _TAGS.match(field.path)]:
            message = f"the import of {adoption.id} would also change {', '.join(others)}"
            yield _finding("import-changes", message, adoption.address, _BY_HAND)
    for change in plan.changes:
        if change.loses_state:
            message = f"an apply would destroy {'and create it again' if change.action == 'replace' else 'it'}"
            yield _finding("stateful-lost", message, change.address, "runbooks/rollback.md, 'Look', before any apply")


def tagging(plan: Plan, adopted: Iterable[Adoption]) -> tuple[str, ...]:
    """The commands that give rules of security groups the tags that the plan would add.

    The apply role tags only what has the Stack's tags already (docs/roles.md): a person hands a foreign rule over.
    """
    ids: dict[str, list[str]] = {}
    changes = {change.address: change for change in plan.changes}
    for adoption in adopted:
        if adoption.type.startswith("aws_vpc_security_group_") and (change := changes.get(adoption.address)):
            pairs = {_key(field.path): field.after for field in change.fields if field.path.startswith("tags_all")}
            tags = [{"Key": key, "Value": pairs[key]} for key in sorted(pairs)]
            ids.setdefault(json.dumps(tags), []).append(adoption.id)
    call = ("aws", "ec2", "create-tags", "--resources")
    return tuple(shlex.join([*call, *rules, "--tags", tags]) for tags, rules in ids.items() if tags != "[]")


def _key(path: str) -> str:
    """`env` of `tags_all.env` and of `tags_all["env"]`."""
    step = path.removeprefix("tags_all")
    return step[1:] if step.startswith(".") else str(json.loads(step[1:-1]))


_BY_HAND = "leave it out (--keep names the others), and write it by hand with an import block"


def _finding(kind: str, message: str, address: str, fix: str) -> Finding:
    return Finding(id=kind, source=SOURCE, message=message, address=address, fix=fix)
