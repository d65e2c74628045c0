from __future__ import annotations

import hmac
import json
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import examples
from tests.unit.plan_documents import plan, resource

from infragate.domain import plan as plans
from infragate.domain.errors import Integrity
from infragate.domain.manifest import (
    LIFETIME,
    SEAL,
    Manifest,
    contradictions,
    expired,
    mismatches,
    opened,
    parse,
    sealed,
)

CREATED = datetime(2026, 11, 23, 9, 12, 3, tzinfo=UTC)
MANIFEST = Manifest(
    environment="dev",
    cloud="aws",
    account_id="111111111111",
    region="ap-northeast-2",
    directory="infra/envs/dev",
    commit="c" * 40,
    tree="1" * 64,
    tfvars="2" * 64,
    provider_lock="3" * 64,
    module_lock=None,
    modules="4" * 64,
    environments="5" * 64,
    terraform_version="1.11.4",
    infragate_version="0.1.0",
    role="arn:aws:iam::111111111111:role/fileflow-dev-plan",
    state_role="arn:aws:iam::999999999999:role/fileflow-dev-state-plan",
    state_key="fileflow/dev/terraform.tfstate",
    state_lineage="7c1d",
    state_serial=4,
    mode="normal",
    targets=("aws_sns_topic.a", 'aws_sns_topic.b["x"]'),
    actor="kim",
    pull_request="12",
    plan_sha256="6" * 64,
    plan_json_sha256="7" * 64,
    created=CREATED.isoformat(),
)
# Another person may apply; mode and targets are held against the plan itself.
UNBOUND = {"mode", "targets", "actor", "pull_request", "created", "verdict"}
BOUND = [field.name for field in fields(Manifest) if field.name not in UNBOUND]


def document(**changed: Any) -> dict[str, Any]:
    return {**MANIFEST.document(), **changed}


def test_what_was_written_is_what_is_read() -> None:
    assert parse(json.loads(json.dumps(MANIFEST.document())), where="m") == MANIFEST


def test_nothing_has_changed_when_all_is_the_same() -> None:
    assert list(mismatches(MANIFEST, asdict(MANIFEST))) == []


@pytest.mark.parametrize("name", BOUND)
def test_each_changed_thing_is_reported_alone(name: str) -> None:
    changed = {**asdict(MANIFEST), name: "something else"}
    (mismatch,) = mismatches(MANIFEST, changed)
    assert mismatch.message.endswith(", found something else")


@pytest.mark.parametrize("name", BOUND)
def test_a_thing_that_was_not_looked_at_is_not_taken_for_equal(name: str) -> None:
    found = asdict(MANIFEST)
    del found[name]
    (mismatch,) = mismatches(MANIFEST, found)
    assert mismatch.message.endswith(", found (not checked)")


@pytest.mark.parametrize("name", sorted(UNBOUND))
def test_who_applies_may_differ_from_who_planned(name: str) -> None:
    assert list(mismatches(MANIFEST, {**asdict(MANIFEST), name: "another"})) == []


def test_a_thing_that_came_into_being_is_reported() -> None:
    (mismatch,) = mismatches(MANIFEST, {**asdict(MANIFEST), "module_lock": "8" * 64})
    assert mismatch.message == f"module lock: planned none, found {'8' * 12}"


def test_digests_are_shown_short_and_names_whole() -> None:
    changed = {**asdict(MANIFEST), "plan_sha256": "a" * 64, "directory": "infra/envs/" + "x" * 29}
    shown = {mismatch.id: mismatch.message.partition(", found ")[2] for mismatch in mismatches(MANIFEST, changed)}
    assert shown == {"manifest/plan_sha256": "a" * 12, "manifest/directory": "infra/envs/" + "x" * 29}


def said(*actions: str, complete: Any = True, **manifest: Any) -> list[str]:
    """What a Manifest and a plan of these actions contradict each other in."""
    reading = plans.read(plan(*(resource(action, f"aws_sns_topic.t{action}") for action in actions), complete=complete))
    return [found.message for found in contradictions(replace(MANIFEST, **{"targets": (), **manifest}), reading)]


@pytest.mark.parametrize(
    ("mode", "actions"),
    [
        ("normal", ("create", "update", "replace", "delete", "forget")),
        ("destroy", ("delete", "forget")),
        ("destroy", ()),
        ("refresh-only", ("no-op",)),
    ],
)
def test_a_plan_that_is_of_its_mode_contradicts_nothing(mode: str, actions: tuple[str, ...]) -> None:
    assert said(*actions, mode=mode) == []


@pytest.mark.parametrize("action", ["create", "update", "replace"])
def test_a_destruction_that_makes_something_contradicts_its_manifest(action: str) -> None:
    assert said("delete", action, mode="destroy") == [f"mode destroy, but the plan holds {action}"]


@pytest.mark.parametrize("action", ["create", "update", "replace", "delete", "forget"])
def test_a_refresh_that_changes_something_contradicts_its_manifest(action: str) -> None:
    assert said(action, mode="refresh-only") == [f"mode refresh-only, but the plan holds {action}"]


def test_a_mode_that_there_is_not_contradicts_every_plan() -> None:
    assert said(mode="gentle") == ["unknown mode 'gentle'"]


def test_a_plan_of_some_targets_that_its_manifest_hides_is_a_contradiction() -> None:
    assert said("create", complete=False) == ["it has no targets, but the plan is not complete"]


def test_a_plan_of_everything_that_its_manifest_calls_one_of_targets_is_a_contradiction() -> None:
    assert said("create", targets=("aws_sns_topic.tcreate",)) == ["it has targets, but the plan is complete"]


def test_a_plan_of_the_targets_of_its_manifest_contradicts_nothing() -> None:
    assert said("create", complete=False, targets=("aws_sns_topic.tcreate",)) == []


@pytest.mark.parametrize("targets", [(), ("aws_sns_topic.a",)])
def test_a_plan_that_does_not_say_whether_it_is_complete_is_not_taken_for_either(targets: tuple[str, ...]) -> None:
    assert len(said(complete=None, targets=targets)) == 1


@pytest.mark.parametrize("broken", [None, [], "text", 7, {}, {"schema_version": 1}])
def test_what_is_no_manifest_is_refused(broken: object) -> None:
    with pytest.raises(Integrity) as caught:
        parse(broken, where="tf.plan.manifest.json")
    assert (caught.value.where, caught.value.fix) == ("tf.plan.manifest.json", "plan again")


@pytest.mark.parametrize("version", [0, 1, 3, "2", None])
def test_another_schema_version_is_refused(version: object) -> None:
    with pytest.raises(Integrity, match="schema version"):
        parse(document(schema_version=version), where="m")


@pytest.mark.parametrize("name", [field.name for field in fields(Manifest)])
def test_a_missing_field_is_refused_by_its_name(name: str) -> None:
    short = document()
    del short[name]
    with pytest.raises(Integrity, match=rf"fields differ: {name}$"):
        parse(short, where="m")


def test_an_unknown_field_is_refused_by_its_name() -> None:
    with pytest.raises(Integrity, match="fields differ: approved"):
        parse(document(approved=True), where="m")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("environment", None),
        ("state_serial", "4"),
        ("state_serial", True),
        ("state_serial", None),
        ("targets", "aws_sns_topic.a"),
        ("targets", None),
        ("targets", ["a.b", 7]),
        ("plan_sha256", None),
        ("commit", 7),
        ("tree", ["x"]),
    ],
)
def test_a_value_of_a_wrong_type_is_refused(name: str, value: object) -> None:
    with pytest.raises(Integrity, match=f"{name} has the wrong type"):
        parse(document(**{name: value}), where="m")


@pytest.mark.parametrize("name", ["commit", "tfvars", "provider_lock", "module_lock", "modules", "state_lineage"])
def test_what_need_not_exist_may_be_null(name: str) -> None:
    assert getattr(parse(document(**{name: None}), where="m"), name) is None


@pytest.mark.parametrize(
    ("age", "old"),
    [
        (timedelta(0), False),
        (LIFETIME, False),
        (LIFETIME + timedelta(seconds=1), True),
        (timedelta(minutes=-4), False),  # clocks of two machines differ a little
        (timedelta(minutes=-6), True),
    ],
)
def test_a_plan_is_good_for_a_day(age: timedelta, old: bool) -> None:
    assert expired(MANIFEST, CREATED + age) is old


@pytest.mark.parametrize("created", ["", "yesterday", "2026-11-23T09:12:03"])
def test_a_plan_without_a_readable_aware_date_has_expired(created: str) -> None:
    assert expired(parse(document(created=created), where="m"), CREATED)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(name=st.sampled_from([*BOUND, *sorted(UNBOUND)]), value=_JSON)
@examples(150)
def test_any_value_of_any_field_is_either_read_back_as_it_is_or_refused(name: str, value: Any) -> None:
    given_document = document(**{name: value})
    try:
        read = parse(given_document, where="m")
    except Integrity:
        return
    assert read.document() == given_document


def mac(content: bytes, key: bytes = b"k" * 32) -> str:
    return hmac.digest(key, content, "sha256").hex()


_JSON = st.dictionaries(
    st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3))
)


@given(_JSON)
def test_a_sealed_document_opens_whatever_the_order_of_its_fields(content: dict[str, Any]) -> None:
    content.pop(SEAL, None)
    stored = json.loads(json.dumps(sealed(content, mac)))
    assert opened(dict(reversed(stored.items())), mac, where="m") == content


@given(_JSON, _JSON)
def test_another_content_or_key_breaks_the_seal(content: dict[str, Any], other: dict[str, Any]) -> None:
    stored = sealed(content, mac)
    if content != other:
        with pytest.raises(Integrity, match="edited, or sealed with another key"):
            opened({**other, SEAL: stored[SEAL]}, mac, where="m")
    with pytest.raises(Integrity, match="edited, or sealed with another key"):
        opened(stored, partial(mac, key=b"x" * 32), where="m")


@pytest.mark.parametrize("document", [None, [], "x", {}, {"a": 1}, {SEAL: None}, {SEAL: 7}, {SEAL: "\ud800"}])
def test_without_a_seal_nothing_opens(document: Any) -> None:
    with pytest.raises(Integrity, match="cannot be trusted"):
        opened(document, mac, where="m")
