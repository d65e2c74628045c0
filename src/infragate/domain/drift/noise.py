"""Differences that are no drift, by rules that are data (schemas/drift_noise.yaml)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from infragate.domain.plan_fields import Field

# `autoscaled`: a number between the limits of a scaling target. `within`: between two attributes of the resource.
# `companion`: neither in the code nor changed by the plan, since a resource of its own sets it. `reader`: neither as well;
# a reader of what a plan cannot see lists what nothing in the Stack owns (adapters/aws/unowned).
Condition = Literal["autoscaled", "within", "companion", "reader"]
_ROOT = re.compile(r"[^.\[]+")
_PLACE = re.compile(r"\{([a-z_]+)\}")
_NAMES = ("id", "arn", "name", "url")  # by which a companion knows its resource


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseRule:
    """Fields that do not count under a condition, and why.

    Attributes:
        target, dimension: of autoscaled: the scaling target's `resource_id`, with attributes of the resource in {}, and
            its `scalable_dimension`.
        limits: of within: the attributes with the least and the greatest number.
        companions: of companion: the types of the resources of their own.
    """

    types: frozenset[str]
    attributes: frozenset[str]
    condition: Condition
    reason: str
    target: str = ""
    dimension: str = ""
    limits: tuple[str, ...] = ()
    companions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RealResource:
    """A resource as it is now; its values may hold secrets."""

    type: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseSubject:
    """A field that may be noise.

    Attributes:
        planned: the plan would change the field.
        in_code: the code sets its attribute, as far as is known.
    """

    resource: RealResource
    field: Field
    planned: bool
    in_code: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseRules:
    """All rules, in the order in which they are tried."""

    rules: tuple[NoiseRule, ...]

    def explain(self, subject: NoiseSubject, others: Sequence[RealResource]) -> NoiseRule | None:
        """The rule that a field falls under; `others` are the resources of the Stack."""
        kind, root = subject.resource.type, first_step(subject.field.path)
        return next(
            (
                rule
                for rule in self.rules
                if kind in rule.types and root in rule.attributes and _holds(rule, subject, others)
            ),
            None,
        )


def read(document: Mapping[str, Any]) -> NoiseRules:
    """The rules of a document that fits `schemas/drift_noise.schema.json`."""
    return NoiseRules(
        rules=tuple(
            NoiseRule(
                types=frozenset(entry["types"]),
                attributes=frozenset(entry["attributes"]),
                condition=entry["condition"],
                reason=entry["reason"],
                target=entry.get("target", ""),
                dimension=entry.get("dimension", ""),
                limits=tuple(entry.get("limits", ())),
                companions=frozenset(entry.get("companions", ())),
            )
            for entry in document["rules"]
        )
    )


def first_step(path: str) -> str:
    """The attribute or block that a path begins with."""
    step = _ROOT.match(path)
    return step.group() if step else path


def _holds(rule: NoiseRule, subject: NoiseSubject, others: Sequence[RealResource]) -> bool:
    values = subject.resource.values
    if rule.condition == "reader":
        return not subject.planned and not subject.in_code
    if rule.condition == "companion":
        has_companion = any(other.type in rule.companions and _names(other, values) for other in others)
        return not subject.planned and not subject.in_code and has_companion
    if rule.condition == "within":
        return _between(subject.field, *(values.get(name) for name in rule.limits))
    scaled = _PLACE.sub(lambda place: str(values.get(place[1]) or "").rpartition("/")[2], rule.target)
    return any(
        other.type == "aws_appautoscaling_target"
        and (other.values.get("resource_id"), other.values.get("scalable_dimension")) == (scaled, rule.dimension)
        and _between(subject.field, other.values.get("min_capacity"), other.values.get("max_capacity"))
        for other in others
    )


def _names(companion: RealResource, values: Mapping[str, Any]) -> bool:
    """True if an attribute of the companion names the resource."""
    names = {values[name] for name in _NAMES if isinstance(values.get(name), str)}
    return any(isinstance(value, str) and value in names for value in companion.values.values())


def _between(field: Field, least: Any, greatest: Any) -> bool:
    """True if the real number is between the limits, and the code sets one as well."""
    if not all(type(number) is int for number in (field.before, field.after, least, greatest)):
        return False
    return bool(least <= field.before <= greatest)
