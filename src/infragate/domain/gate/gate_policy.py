"""`policy/gate.yaml`: which checks each Environment requires, what blocks, what may cost more, what an apply needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from infragate.domain.finding import Severity
from infragate.domain.gate.cost import CostRules

FILE = "policy/gate.yaml"
CHECKS = (
    "code",
    "tfsec",
    "trivy-code",
    "trivy-plan",
    "checkov-code",
    "checkov-plan",
    "conftest",
    "infracost",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRules:
    """What the gate requires in one Environment.

    Attributes:
        required: the required checks; of each group one check is enough.
        optional: checks that run as well; that one of them could not run is a warning.
        blocks: the severity from which a Finding blocks.
        verdict_for_apply: an apply needs a plan that the gate has judged.
    """

    required: tuple[tuple[str, ...], ...]
    optional: tuple[str, ...]
    blocks: Severity
    cost: CostRules
    verdict_for_apply: bool

    @property
    def checks(self) -> tuple[str, ...]:
        """All checks that run, in the order of CHECKS."""
        named = {check for group in self.required for check in group} | set(self.optional)
        return tuple(check for check in CHECKS if check in named)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """Rego policies that the gate evaluates.

    Attributes:
        name: of the set, for messages.
        source: a folder of the policy bundle, `git::...?ref=TAG`, or `oci://...@sha256:...`.
        known_bad: each rule brings an input that it must refuse; without it a rule that can never fire counts as passed.
    """

    name: str
    source: str
    known_bad: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePolicy:
    """The contents of `policy/gate.yaml`.

    Attributes:
        file: where it is written, for messages; of infragate's own defaults: their name.
        severities: of checks whose engine gives none, by id.
        settings: for the Rego policies, as `data.infragate.settings`.
    """

    file: str
    default: Mapping[str, Any]
    environments: Mapping[str, Mapping[str, Any]]
    severities: Mapping[str, Severity]
    policies: tuple[PolicySet, ...]
    settings: Mapping[str, Any]

    def of(self, environment: str | None, *, protected: bool) -> EnvironmentRules:
        """The rules of an Environment; of None: those of every Environment that has none of its own."""
        entry = {**self.default, **self.environments.get(environment or "", {})}
        return EnvironmentRules(
            required=tuple(_groups(entry["required"])),
            optional=tuple(entry["optional"]),
            blocks=Severity[entry["blocks"].upper()],
            cost=_cost_rules({**self.default["cost"], **entry["cost"]}, protected=protected),
            verdict_for_apply=entry["apply"] == "verdict",
        )


def gate_policy(document: Mapping[str, Any], default: Mapping[str, Any], *, file: str) -> GatePolicy:
    """The policy of a document that matches `schemas/gate.schema.json`; what it leaves out is that of the default."""
    return GatePolicy(
        file=file,
        default={**default["default"], **document.get("default", {})}
        | {"cost": {**default["default"]["cost"], **document.get("default", {}).get("cost", {})}},
        environments={name: entry or {} for name, entry in document.get("environments", {}).items()},
        severities={
            name: Severity[word.upper()]
            for name, word in {**default["severities"], **document.get("severities", {})}.items()
        },
        policies=tuple(
            PolicySet(
                name=entry["name"], source=entry["source"], known_bad=entry.get("known_bad", "required") == "required"
            )
            for entry in document.get("policies", default["policies"])
        ),
        settings=document.get("settings", {}),
    )


def _groups(entries: list[str | list[str]]) -> Iterator[tuple[str, ...]]:
    for entry in entries:
        yield (entry,) if isinstance(entry, str) else tuple(entry)


def _cost_rules(entry: Mapping[str, Any], *, protected: bool) -> CostRules:
    """The rules for costs; what is unknown blocks a protected Environment unless its entry says something else."""
    amounts = {"threshold_percent", "floor", "new_stack_limit"}
    values: dict[str, Any] = {name: Decimal(value) if name in amounts else value for name, value in entry.items()}
    return CostRules(**{"unknown": "block" if protected else "warn", **values})
