"""What of a Stack's drift can be accepted, and that the waivers for it hide that and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.drift_values import item, stack
from tests.unit.examples import examples

from infragate.domain.drift import acceptance, waived
from infragate.domain.drift.acceptance import Acceptance
from infragate.domain.drift.report import DriftItem
from infragate.domain.errors import BadInput
from infragate.domain.finding import Severity, Waiver
from infragate.domain.plan_fields import Field

TODAY = date(2026, 11, 26)
BACKUP = Field(path="backup_retention_period", before=1, after=7)
CHECK = (
    Field(path="health_check[0].path", before="/", after="/x"),
    Field(path="health_check[0].port", before=1, after=2),
)
DATABASE = item(address="aws_db_instance.this", fields=(BACKUP,))
TARGET = item(address="aws_lb_target_group.this", fields=(*CHECK, Field(path="tags.owner", before=None, after="x")))
GONE = item(address="aws_alarm.this", action="create", fields=())
OPEN = item(
    address="aws_security_group.this",
    cause="unowned",
    marks=frozenset({"security"}),
    severity=Severity.CRITICAL,
    fields=(Field(path='ingress["tcp 22"]', before="sgr-1", after=None),),
)
NOISE = item(address="aws_ecs_service.this", cause="noise")
WAIVED = item(address="aws_s3_bucket.this", fields=(Field(path="policy", before="x", after=None),), waived_by="kim")


def chosen(*items: DriftItem, addresses: Collection[str] = (), fields: Collection[str] = ()) -> list[tuple[str, str]]:
    """Address and id of what is chosen, in its order."""
    found = acceptance.choose(stack(*items), addresses=addresses, fields=fields)
    return [(each.address, each.id) for each in found]


def waiver(each: Acceptance, days: int = 7) -> Waiver:
    """The waiver that the register gets for it."""
    return Waiver(
        id=each.id,
        address=each.address,
        environment="dev",
        owner="kim",
        reason="a test of restoring",
        link="https://example.com/1",
        expires=TODAY + timedelta(days=days),
    )


def test_without_names_it_is_all_that_counts_the_worst_first() -> None:
    worse = replace(GONE, severity=Severity.HIGH)
    assert chosen(DATABASE, NOISE, WAIVED, TARGET, worse) == [
        ("aws_alarm.this", "drift/deleted"),
        ("aws_db_instance.this", "drift/backup_retention_period"),
        ("aws_lb_target_group.this", "drift/health_check"),
        ("aws_lb_target_group.this", "drift/tags"),
    ]


@pytest.mark.parametrize("field", ["health_check", "health_check[0].path", "drift/health_check"])
def test_an_attribute_is_named_as_people_see_it(field: str) -> None:
    (each,) = acceptance.choose(stack(DATABASE, TARGET), addresses=(), fields=[field])
    assert (each.address, each.id) == (TARGET.address, "drift/health_check")
    assert each.paths == ("health_check[0].path", "health_check[0].port")


def test_two_differences_of_one_attribute_are_one_entry() -> None:
    other = replace(DATABASE, cause="not-applied", severity=Severity.LOW)
    (each,) = acceptance.choose(stack(DATABASE, other), addresses=(), fields=())
    assert (each.id, len(each.items), each.severity) == ("drift/backup_retention_period", 2, Severity.MEDIUM)


@pytest.mark.parametrize(
    ("addresses", "fields", "message"),
    [
        (["aws_x.other"], [], "aws_x.other does not drift in dev"),
        ([NOISE.address], [], f"{NOISE.address} does not drift in dev"),
        ([DATABASE.address, "aws_x.other"], [], "aws_x.other does not drift in dev"),
        ([], ["port"], "port does not drift in dev"),
        ([DATABASE.address], ["tags"], f"{DATABASE.address} does not drift in dev"),
        ([DATABASE.address], ["backup_retention_period", "tags"], f"tags of {DATABASE.address} does not drift in dev"),
    ],
)
def test_what_does_not_drift_is_refused_with_what_does(addresses: list[str], fields: list[str], message: str) -> None:
    with pytest.raises(BadInput) as refused:
        acceptance.choose(stack(DATABASE, TARGET, NOISE), addresses=addresses, fields=fields)
    assert refused.value.message == message
    assert f"{DATABASE.address} (backup_retention_period)" in str(refused.value.fix)
    assert [finding.id for finding in refused.value.findings] == [
        "drift/backup_retention_period",
        "drift/health_check",
        "drift/tags",
    ]


def test_where_nothing_drifts_nothing_is_chosen_and_a_name_is_refused() -> None:
    assert chosen(NOISE) == []
    with pytest.raises(BadInput) as refused:
        chosen(NOISE, addresses=["aws_x.other"])
    assert "nothing drifts there" in str(refused.value.fix)


def test_what_touches_security_is_accepted_by_its_name_only() -> None:
    with pytest.raises(BadInput, match="touches security"):
        chosen(DATABASE, OPEN)
    assert chosen(DATABASE, OPEN, addresses=[OPEN.address]) == [(OPEN.address, "drift/ingress")]
    assert chosen(DATABASE, OPEN, fields=["ingress"]) == [(OPEN.address, "drift/ingress")]


def test_what_is_waived_already_is_chosen_by_its_name_and_says_so() -> None:
    (each,) = acceptance.choose(stack(DATABASE, WAIVED), addresses=[WAIVED.address], fields=())
    assert each.owner == "kim"
    assert chosen(replace(OPEN, waived_by="kim")) == []


NAMES = st.sampled_from(["aws_x.a", "aws_x.b", 'aws_x.c["k"]'])
PATHS = st.sampled_from(["a", "a[0].b", "a.c", 'b["tcp 22"]', "c", "tags.x"])
CAUSES = st.sampled_from(["out-of-band", "not-applied", "unowned", "outputs", "noise"])
ITEMS = st.builds(
    lambda address, cause, paths, action: item(
        address=address,
        cause=cause,
        action=None if cause == "unowned" else action,
        fields=tuple(Field(path=path, before=1, after=2) for path in paths or (["a"] if cause == "unowned" else [])),
    ),
    NAMES,
    CAUSES,
    st.lists(PATHS, max_size=4, unique=True),
    st.sampled_from(["create", "update", "delete", "replace", "no-op"]),
)


@given(items=st.lists(ITEMS, max_size=6))
@examples(200)
def test_the_waivers_for_all_hide_all_until_their_last_day(items: list[DriftItem]) -> None:
    waivers = [waiver(each) for each in acceptance.choose(stack(*items), addresses=(), fields=())]
    assert all(name == "drift" for name in (each.id.partition("/")[0] for each in waivers))
    last = waived.apply(items, waivers, environment="dev", today=TODAY + timedelta(days=7))
    assert not any(each.counts for each in last)
    assert waived.apply(items, waivers, environment="dev", today=TODAY + timedelta(days=8)) == tuple(items)


@given(items=st.lists(ITEMS, min_size=1, max_size=6), pick=st.integers(0, 50))
@examples(200)
def test_the_waiver_for_one_hides_its_fields_and_no_others(items: list[DriftItem], pick: int) -> None:
    offered = acceptance.choose(stack(*items), addresses=(), fields=())
    if not offered:
        return
    one = offered[pick % len(offered)]
    after = waived.apply(items, [waiver(one)], environment="dev", today=TODAY)
    before = {(each.address, each.id): each.paths for each in offered}
    left = acceptance.choose(stack(*after), addresses=(), fields=())
    assert {(each.address, each.id): each.paths for each in left} == {
        key: paths for key, paths in before.items() if key != (one.address, one.id)
    }
