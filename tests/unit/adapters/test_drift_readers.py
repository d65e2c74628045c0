"""What the rules of noise leave to the readers, a reader looks at."""

from __future__ import annotations

import pytest

from infragate.adapters.aws.unowned.registry import READERS
from infragate.adapters.local import drift_noise_file
from infragate.domain.drift.noise import NoiseSubject, RealResource
from infragate.domain.plan_fields import Field

RULES = drift_noise_file.load()
LEFT = sorted(
    (kind, attribute)
    for rule in RULES.rules
    if rule.condition == "reader"
    for kind in rule.types
    for attribute in rule.attributes
)


def subject(kind: str, attribute: str, *, planned: bool = False, in_code: bool = False) -> NoiseSubject:
    return NoiseSubject(
        resource=RealResource(type=kind, values={}),
        field=Field(path=f"{attribute}[0].x", before=1, after=None),
        planned=planned,
        in_code=in_code,
    )


def test_every_type_that_is_left_to_readers_has_one() -> None:
    assert LEFT
    looked_at = {kind for reader in READERS for kind in reader.types or ()}
    assert {kind for kind, _ in LEFT} <= looked_at


@pytest.mark.parametrize(("kind", "attribute"), LEFT)
def test_what_the_plan_changes_or_the_code_sets_is_never_left_to_a_reader(kind: str, attribute: str) -> None:
    rule = RULES.explain(subject(kind, attribute), ())
    assert rule is not None
    assert rule.condition == "reader"
    assert RULES.explain(subject(kind, attribute, planned=True), ()) is None
    assert RULES.explain(subject(kind, attribute, in_code=True), ()) is None


def test_readers_have_names_of_their_own() -> None:
    assert len({reader.name for reader in READERS}) == len(READERS)
