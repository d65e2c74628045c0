"""The drift that a plan shows: each difference with its cause, what makes it worse, and the evidence.

The plan compares twice: the last state with what is real (`resource_drift`), and what is real with the code
(`resource_changes`). What is in both was changed outside of Terraform; what is only in the second waits to be applied,
unless noise explains it. What is only in the first is not changed back by an apply: it counts if it touches security.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from infragate.domain.drift import data_answers, security
from infragate.domain.drift.applied import AppliedCode
from infragate.domain.drift.data_answers import DataAnswer
from infragate.domain.drift.drifted import Drifted
from infragate.domain.drift.expressions import Expressions, Origin
from infragate.domain.drift.noise import NoiseRules, NoiseSubject, RealResource, first_step
from infragate.domain.drift.report import Cause, DriftItem, Mark
from infragate.domain.drift.severity import severity
from infragate.domain.plan import Change, OutputChange, Plan
from infragate.domain.plan_configuration import without_indices
from infragate.domain.plan_fields import UNKNOWN, Field

# A difference that follows from several resources gets the first of their causes.
_FIRST: tuple[Cause, ...] = ("not-applied", "out-of-band", "noise")
_WRITTEN_OTHERWISE = "both sides mean the same"
_LEFT_ALONE = "no apply changes it back: the code does not set it, or ignores its changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is known beside the plan.

    Attributes:
        state: the state file of the last apply.
        written: what the code of each resource sets, `dynamic` blocks too, by address without indices.
    """

    applied: AppliedCode
    rules: NoiseRules
    state: Mapping[str, Any] = field(repr=False)
    written: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why a field, or a whole resource, differs."""

    cause: Cause
    evidence: str


def items(plan: Plan, document: Mapping[str, Any], known: Beside) -> tuple[DriftItem, ...]:
    """All differences, in the order of the plan; those that count and those that are noise."""
    reading = _Reading(plan, document, known)
    return tuple(reading.items())


class _Reading:
    """One plan, and what each of its differences depends on."""

    def __init__(self, plan: Plan, document: Mapping[str, Any], known: Beside) -> None:
        self.plan, self.known, self.document = plan, known, document
        self.code = Expressions(document.get("configuration"))
        self.answers = data_answers.changed(document, known.state, self.code)
        self.drifted = {change.address: Drifted(change) for change in plan.drift}
        self.changes: dict[str, list[Change]] = {}
        for change in plan.changes:
            self.changes.setdefault(without_indices(change.address), []).append(change)

    @cached_property
    def real(self) -> tuple[RealResource, ...]:
        """The managed resources of the Stack as they are now."""
        entries = [entry for entry in data_answers.prior(self.document) if entry.get("mode") == "managed"]
        return tuple(RealResource(type=entry["type"], values=entry.get("values") or {}) for entry in entries)

    def items(self) -> Iterator[DriftItem]:
        for change in self.plan.changes:
            yield from self._of_change(change)
        for change in self.plan.drift:
            yield from self._left_alone(change)
        for output in self.plan.outputs:
            yield from self._of_output(output)

    # ---- what the plan would change ------------------------------------------------------------------------------

    def _of_change(self, change: Change) -> Iterator[DriftItem]:
        if change.action not in ("update", "replace"):
            yield self._item(change, self._whole(change), ())
            return
        fields = _shown(change)
        if not fields:
            why = self._whole(change) if change.action == "replace" else _Reason("noise", _WRITTEN_OTHERWISE)
            yield self._item(change, why, ())
            return
        grouped: dict[Cause, list[tuple[Field, _Reason]]] = {}
        for each in fields:
            reason = self._of_field(change, each)
            grouped.setdefault(reason.cause, []).append((each, reason))
        for cause, pairs in grouped.items():
            said = "; ".join(dict.fromkeys(reason.evidence for _, reason in pairs))
            chosen = [each for each, _ in pairs]
            opened = security.opened(change, "after", "before", only={first_step(each.path) for each in chosen})
            yield self._item(change, _Reason(cause, said), chosen, opened=() if cause == "noise" else opened)

    def _whole(self, change: Change) -> _Reason:
        """Why a resource is created, destroyed, moved, imported or forgotten as a whole."""
        if change.vanished:
            return _Reason("out-of-band", "deleted outside of Terraform: the state has it, the cloud does not")
        answer = self._by_data(self.code.of_instances(change.address), None, keeps=not change.loses_state)
        if answer is not None:
            return answer
        words = {"create": "new in the code", "delete": "no longer in the code", "forget": "to be forgotten"}
        moved = f"moved from {change.moved_from}" if change.moved_from else "to be imported" if change.imported else ""
        said = change.reason or moved or words.get(change.action, "to be replaced")
        return _Reason("not-applied", f"{said}; {self.known.applied.evidence}")

    def _of_field(self, change: Change, each: Field, seen: frozenset[str] = frozenset()) -> _Reason:
        if rule := self.known.rules.explain(self._subject(change, each, planned=True), self.real):
            return _Reason("noise", rule.reason)
        drifted = self.drifted.get(change.address)
        if drifted is not None and drifted.covers(change, each):
            also = "" if drifted.reverted(change, each) else "; the code sets yet another value than was applied"
            return _Reason("out-of-band", f"changed outside of Terraform since the last apply{also}")
        origin = self.code.of(change.address, first_step(each.path))
        keeps = not (change.loses_state and each.forces)
        if answer := self._by_data(origin, each, keeps=keeps):
            return answer
        if each.after == UNKNOWN and (follows := self._following(origin, seen | {without_indices(change.address)})):
            return follows
        return _Reason("not-applied", self.known.applied.evidence)

    def _by_data(self, origin: Origin, each: Field | None, *, keeps: bool) -> _Reason | None:
        """Noise, if the answer of a data source explains it and the code does not; never where data would be lost."""
        sources = [address for address in sorted(origin.data) if address in self.answers]
        if not sources and origin.unclear:
            sources = [address for address in sorted(self._relevant) if address in self.answers]
        if not sources or not keeps:
            return None
        answers: Sequence[DataAnswer] = [answer for address in sources for answer in self.answers[address]]
        if not self.known.applied.same and not (each and any(answer.leads(each) for answer in answers)):
            return None
        return _Reason("noise", f"{', '.join(sources)} now gives another answer to the same question")

    @cached_property
    def _relevant(self) -> frozenset[str]:
        """The data sources that this plan's changes depend on, also through local values."""
        return frozenset(without_indices(address) for address in self.plan.relevant if "data." in address)

    def _following(self, origin: Origin, seen: frozenset[str]) -> _Reason | None:
        """The cause of what is only known once other resources are changed: theirs."""
        sources = sorted(address for address in origin.managed if address in self.changes)
        if not sources and origin.unclear:
            sources = sorted(address for address, changes in self.changes.items() if any(map(_is_new, changes)))
        causes = {cause for source in sources if source not in seen for cause in self._causes(source, seen)}
        cause = next((each for each in _FIRST if each in causes), None)
        return cause and _Reason(cause, f"follows from {', '.join(sources)}")

    def _causes(self, address: str, seen: frozenset[str]) -> Iterator[Cause]:
        for change in self.changes[address]:
            fields = _shown(change) if change.action in ("update", "replace") else ()
            yield from (self._of_field(change, each, seen).cause for each in fields)
            if not fields and change.action != "update":
                yield self._whole(change).cause

    # ---- what the plan would leave as it is ----------------------------------------------------------------------

    def _left_alone(self, drift: Change) -> Iterator[DriftItem]:
        """Drift that no planned change is about."""
        changes = {change.address: change for change in self.plan.changes if change.action != "no-op"}
        change, drifted = changes.get(drift.address), self.drifted[drift.address]
        if drift.action == "delete":
            if change is None:
                gone = "deleted outside of Terraform, and no longer in the code"
                yield self._item(drift, _Reason("noise", gone), (), left_alone=True)
            return
        counted: list[Field] = []
        quiet: dict[str, list[Field]] = {}
        for each in drifted.beside(change.fields if change else ()):
            rule = self.known.rules.explain(self._subject(drift, each, planned=False), self.real)
            if each.group == "empty" or rule:
                quiet.setdefault(rule.reason if rule else _WRITTEN_OTHERWISE, []).append(each)
            else:
                counted.append(each)
        opened = security.opened(drift, "before", "after", only={first_step(each.path) for each in counted})
        if opened or any(security.is_security(drift.type, each.path) for each in counted):
            said = f"changed outside of Terraform since the last apply; {_LEFT_ALONE}"
            yield self._item(drift, _Reason("out-of-band", said), counted, opened=opened, left_alone=True)
        elif counted:
            quiet[_LEFT_ALONE] = counted
        for said, fields in quiet.items():
            yield self._item(drift, _Reason("noise", said), fields, left_alone=True)

    # ---- outputs, and what all have in common --------------------------------------------------------------------

    def _of_output(self, output: OutputChange) -> Iterator[DriftItem]:
        origin = self.code.of_output(output.name)
        if any(address in self.changes for address in origin.managed):
            return  # it follows from what is listed already
        noise = self._by_data(origin, None, keeps=True)
        reason = noise or _Reason("outputs", f"no resource changes for it; {self.known.applied.evidence}")
        yield DriftItem(
            address=f"output.{output.name}",
            type="output",
            cause=reason.cause,
            severity=severity(reason.cause, frozenset()),
            action=output.action,
            fields=output.fields,
            evidence=reason.evidence,
        )

    def _subject(self, change: Change, each: Field, *, planned: bool) -> NoiseSubject:
        values = change.sides.get("before" if planned else "after") or {}
        written = self.known.written.get(without_indices(change.address), frozenset())
        in_code = change.configured is None or first_step(each.path) in change.configured | written
        resource = RealResource(type=change.type, values=values)
        return NoiseSubject(resource=resource, field=each, planned=planned, in_code=in_code)

    def _item(
        self,
        change: Change,
        reason: _Reason,
        fields: Sequence[Field],
        *,
        opened: tuple[str, ...] = (),
        left_alone: bool = False,
    ) -> DriftItem:
        """An item.

        Args:
            opened: what is open to everybody and should not be.
            left_alone: it is drift that the plan does not change; its fields are turned, so that what is real is first.
        """
        marks = frozenset(() if reason.cause == "noise" else _marks(change, fields, left_alone=left_alone))
        if opened and reason.cause != "noise":
            marks |= {"security"}
        return DriftItem(
            address=change.address,
            type=change.type,
            cause=reason.cause,
            marks=marks,
            severity=severity(reason.cause, marks, is_open=bool(opened)),
            action="no-op" if left_alone else change.action,
            fields=tuple(map(_turned, fields) if left_alone else fields),
            evidence=f"{reason.evidence}; now {', '.join(opened)}" if opened else reason.evidence,
        )


def _marks(change: Change, fields: Sequence[Field], *, left_alone: bool) -> Iterator[Mark]:
    paths = [each.path for each in fields] or ([""] if change.action in ("create", "delete") else [])
    if any(security.is_security(change.type, path) for path in paths):
        yield "security"
    if not left_alone and (change.loses_state or (change.vanished and change.stateful)):
        yield "loses-data"
    if not left_alone and change.action == "replace":
        yield "replace"


def _shown(change: Change) -> tuple[Field, ...]:
    """The fields that say something; computed ones only if there are no others."""
    fields = [each for each in change.fields if each.group != "empty"]
    return tuple([each for each in fields if each.group is None] or fields)


def _is_new(change: Change) -> bool:
    return change.action in ("create", "replace")


def _turned(each: Field) -> Field:
    """A field of drift as items have them: what is real first, what was applied second."""
    return Field(path=each.path, before=each.after, after=each.before, reordered=each.reordered)
