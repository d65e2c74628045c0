"""`drift-accept`: what drifts now is waived for a while, by entries in the register of exceptions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from infragate.adapters.local import clock
from infragate.domain.command import Command, advice
from infragate.domain.drift import acceptance
from infragate.domain.drift.acceptance import Acceptance
from infragate.domain.drift.report import StackDrift
from infragate.domain.errors import BadInput, Locked
from infragate.usecases.drift import merge
from infragate.usecases.gate import waiver_request
from infragate.usecases.gate.waiver_request import WaiverRequest, WaiverResult, WaiverSubject

_OLDEST = timedelta(days=1)  # of a document: what it says may be settled since
_ANY = WaiverSubject(id="drift/any", address="any.any")


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptRequest:
    """What to accept.

    Attributes:
        look: looks at the Stack; it takes a while, so an error in the waiver itself is reported before.
        addresses, fields: what to accept; if both are empty, all drift that counts.
        waiver: owner, reason and end; it has no subjects yet.
        confirm: is told what would be waived; False writes nothing.
        describe: as in WaiverRequest.
    """

    look: Callable[[], StackDrift]
    addresses: tuple[str, ...]
    fields: tuple[str, ...]
    waiver: WaiverRequest
    confirm: Callable[[Sequence[Acceptance]], bool]
    describe: Callable[[Sequence[Acceptance], WaiverResult], tuple[str, str]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptResult:
    """What was accepted.

    Attributes:
        accepted: has a new Waiver; known: is waived already.
        written: None if there was nothing to write, or somebody said no.
    """

    environment: str
    accepted: tuple[Acceptance, ...]
    known: tuple[Acceptance, ...]
    written: WaiverResult | None


def run(request: AcceptRequest) -> AcceptResult:
    """Look at the Stack, and waive the drift that the request names.

    Raises:
        BadInput: something does not drift, or its waiver would not count. Locked, ...: the drift is not known.
    """
    waiver_request.checked(replace(request.waiver, subjects=(_ANY,)))
    drift = _known(request.look())
    chosen = acceptance.choose(drift, addresses=request.addresses, fields=request.fields)
    new = tuple(each for each in chosen if each.owner is None)
    result = AcceptResult(
        environment=drift.environment,
        accepted=(),
        known=tuple(each for each in chosen if each.owner is not None),
        written=None,
    )
    if not new or not request.confirm(new):
        return result
    written = waiver_request.run(_waiver(request, new))
    names = {(entry.waiver.id, entry.waiver.address) for entry in written.entries}
    accepted = tuple(each for each in new if (each.id, each.address) in names)
    known = (*result.known, *(each for each in new if each not in accepted))
    return replace(result, accepted=accepted, known=known, written=written if accepted else None)


def saved(path: Path, environment: str) -> StackDrift:
    """What a document of `drift` or `drift-merge` says of a Stack.

    Raises:
        BadInput: it says nothing of it, or is older than a day.
    """
    where, fix = str(path), advice("give the document of ", Command("drift", env=environment), ", or leave it out")
    document = merge.document_in(path, verbs=("drift", "drift-merge"))
    if document["result"] is None:
        raise BadInput(f"it has no result: {document['error']['message']}", where=where, fix=fix)
    part = merge.part_of(path, document)
    if clock.now() - part.started_at > _OLDEST:
        raise BadInput(f"it was made at {document['started_at']}, more than a day ago", where=where, fix=fix)
    for stack in part.stacks:
        if stack.environment == environment:
            return stack
    raise BadInput(f"it says nothing of {environment}", where=where, fix=fix)


def _known(drift: StackDrift) -> StackDrift:
    if drift.error is not None:
        raise drift.error
    if drift.status == "skipped":
        raise Locked(drift.reason, where=drift.directory, fix="run it again when the lock is free")
    return drift


def _waiver(request: AcceptRequest, new: Sequence[Acceptance]) -> WaiverRequest:
    describe = request.describe

    def described(written: WaiverResult) -> tuple[str, str]:
        return describe(new, written) if describe else ("", "")

    return replace(
        request.waiver,
        subjects=tuple(WaiverSubject(id=each.id, address=each.address) for each in new),
        skips_known=True,
        describe=described if describe else None,
    )
