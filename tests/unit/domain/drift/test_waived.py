from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from infragate.domain.drift import waived
from infragate.domain.drift.report import DriftItem
from infragate.domain.finding import Severity, Waiver
from infragate.domain.plan_fields import Field

TODAY = date(2026, 11, 26)
ITEM = DriftItem(
    address="aws_db_instance.this",
    type="aws_db_instance",
    cause="out-of-band",
    marks=frozenset({"security"}),
    severity=Severity.HIGH,
    action="update",
    fields=(
        Field(path="backup[0].days", before=1, after=7),
        Field(path="deletion_protection", before=False, after=True),
    ),
    evidence="seen",
)


def waiver(id_: str, *, address: str = ITEM.address, environment: str | None = None, days: int = 7) -> Waiver:
    return Waiver(
        id=id_,
        address=address,
        environment=environment,
        owner="platform",
        reason="an incident is looked into",
        link="https://example.com/1",
        expires=date.fromordinal(TODAY.toordinal() + days),
    )


def applied(item: DriftItem, *waivers: Waiver) -> tuple[DriftItem, ...]:
    return waived.apply([item], waivers, environment="dev", today=TODAY)


def test_a_waiver_hides_the_fields_that_it_names_and_no_others() -> None:
    covered, left = applied(ITEM, waiver("drift/backup"))
    assert ([field.path for field in covered.fields], covered.waived_by) == (["backup[0].days"], "platform")
    assert ([field.path for field in left.fields], left.counts) == (["deletion_protection"], True)
    assert (sorted(left.marks), left.severity) == (["security"], Severity.HIGH)


def test_what_is_left_is_not_worse_than_it_is() -> None:
    left = next(item for item in applied(ITEM, waiver("drift/deletion_protection")) if item.counts)
    assert (left.marks, left.severity) == (frozenset(), Severity.MEDIUM)


def test_all_fields_may_be_waived() -> None:
    assert not any(item.counts for item in applied(ITEM, waiver("drift/backup"), waiver("drift/deletion_protection")))


@pytest.mark.parametrize(
    "other",
    [
        waiver("drift/back"),
        waiver("drift/deleted"),
        waiver("drift/unowned"),
        waiver("backup"),
        waiver("drift/backup", address="aws_db_instance.other"),
        waiver("drift/backup", environment="prod"),
        waiver("drift/backup", days=-1),
        waiver("drift/backup", days=200),
        waiver("drift/backup", address="*"),
    ],
    ids=lambda other: f"{other.id} {other.address} {other.environment} {other.expires}",
)
def test_no_other_waiver_hides_it(other: Waiver) -> None:
    assert applied(ITEM, other) == (ITEM,)


@pytest.mark.parametrize(
    ("changes", "id_"),
    [
        ({"action": "create", "cause": "out-of-band"}, "drift/deleted"),
        ({"action": "create", "cause": "not-applied"}, "drift/created"),
        ({"action": "delete", "cause": "not-applied"}, "drift/deleted"),
        ({"action": None, "cause": "unowned"}, "drift/unowned"),
        ({"action": "replace", "cause": "not-applied"}, "drift/replace"),
    ],
)
def test_a_resource_as_a_whole_is_waived_by_what_happens_to_it(changes: dict[str, str], id_: str) -> None:
    whole = replace(ITEM, fields=(), **changes)  # type: ignore[arg-type]
    assert [item.waived_by for item in applied(whole, waiver(id_))] == ["platform"]
    assert applied(whole, waiver("drift/backup")) == (whole,)


def test_what_was_added_is_waived_by_its_part_or_as_a_whole() -> None:
    added = replace(
        ITEM, cause="unowned", action=None, fields=(Field(path='ingress["tcp 22"]', before="x", after=None),)
    )
    for id_ in ("drift/ingress", "drift/unowned"):
        assert [item.counts for item in applied(added, waiver(id_))] == [False]
    assert [item.counts for item in applied(added, waiver("drift/egress"))] == [True]


def test_noise_needs_no_waiver() -> None:
    noise = replace(ITEM, cause="noise")
    assert applied(noise, waiver("drift/backup")) == (noise,)
