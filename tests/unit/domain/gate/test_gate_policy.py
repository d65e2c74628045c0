"""`policy/gate.yaml`: the rules of an Environment are its own over those of all over infragate's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from infragate.domain.finding import Severity
from infragate.domain.gate.gate_policy import GatePolicy, gate_policy

DEFAULT: dict[str, Any] = {
    "default": {
        "required": ["code", ["tfsec", "trivy-code"], "conftest"],
        "optional": [],
        "blocks": "high",
        "apply": "nothing",
        "cost": {},
    },
    "severities": {"CKV_AWS_1": "low"},
    "policies": [],
}


def policy(**document: Any) -> GatePolicy:
    return gate_policy({"schema_version": 1, **document}, DEFAULT, file="policy/gate.yaml")


def test_without_a_file_the_rules_are_those_of_infragate() -> None:
    rules = policy().of("dev", protected=False)
    assert rules.required == (("code",), ("tfsec", "trivy-code"), ("conftest",))
    assert (rules.blocks, rules.verdict_for_apply) == (Severity.HIGH, False)
    assert rules.checks == ("code", "tfsec", "trivy-code", "conftest")


def test_an_environment_changes_only_what_it_names() -> None:
    rules = policy(
        default={"blocks": "medium", "cost": {"threshold_percent": 5}},
        environments={"prod": {"apply": "verdict", "cost": {"floor": "12.5"}}, "dev": None},
    )
    prod, dev = rules.of("prod", protected=True), rules.of("dev", protected=False)
    assert (prod.blocks, prod.verdict_for_apply, dev.verdict_for_apply) == (Severity.MEDIUM, True, False)
    assert (prod.cost.threshold_percent, prod.cost.floor) == (Decimal(5), Decimal("12.5"))


def test_an_unknown_cost_blocks_a_protected_environment_unless_it_says_otherwise() -> None:
    assert policy().of("prod", protected=True).cost.unknown == "block"
    assert policy().of("dev", protected=False).cost.unknown == "warn"
    assert policy(default={"cost": {"unknown": "warn"}}).of("prod", protected=True).cost.unknown == "warn"


def test_severities_are_added_to_those_of_infragate() -> None:
    assert policy(severities={"CKV_AWS_2": "critical"}).severities == {
        "CKV_AWS_1": Severity.LOW,
        "CKV_AWS_2": Severity.CRITICAL,
    }
