"""The noise rules of infragate itself (schemas/drift_noise.yaml)."""

from __future__ import annotations

from functools import cache
from importlib import resources

from infragate.domain.drift import noise
from infragate.domain.drift.noise import NoiseRules


@cache
def load() -> NoiseRules:
    """The rules; a test checks the file against its schema."""
    import yaml

    text = resources.files("infragate").joinpath("schemas/drift_noise.yaml").read_text("utf-8")
    return noise.read(yaml.safe_load(text))
