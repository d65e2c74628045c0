"""The rules that infragate brings."""

from __future__ import annotations

from importlib import resources

import pytest
import yaml

from infragate.adapters.local import drift_noise_file, schemas
from infragate.domain.drift.noise import NoiseRule
from infragate.domain.drift.security import is_security

RULES = drift_noise_file.load().rules


def test_the_file_fits_its_schema() -> None:
    text = resources.files("infragate").joinpath("schemas/drift_noise.yaml").read_text("utf-8")
    schemas.check(yaml.safe_load(text), "drift_noise", lambda keys: ".".join(keys))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{min(rule.types)}.{min(rule.attributes)}")
def test_a_rule_that_may_be_about_security_needs_a_companion_or_a_reader(rule: NoiseRule) -> None:
    """That each type which is left to readers has one: tests/unit/adapters/test_drift_readers.py."""
    touches = any(is_security(kind, name) for kind in rule.types for name in rule.attributes)
    assert rule.condition in ("companion", "reader") or not touches


def test_no_two_rules_are_about_the_same() -> None:
    pairs = [(kind, name) for rule in RULES for kind in rule.types for name in rule.attributes]
    assert len(pairs) == len(set(pairs))
