from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.drift_plans import OTHER, SAME, drifted, items
from tests.unit.examples import examples
from tests.unit.plan_documents import Document, plan, resource

from infragate.domain import plan as plans
from infragate.domain.drift.applied import AppliedCode
from infragate.domain.drift.report import DriftItem
from infragate.domain.finding import Severity

BUCKET = "aws_s3_bucket_public_access_block.this"
DATABASE = "aws_db_instance.this"
SERVICE = "aws_ecs_service.this"
TARGET = {
    "resource_id": "service/main/app",
    "scalable_dimension": "ecs:service:DesiredCount",
    "min_capacity": 2,
    "max_capacity": 6,
}


def only(document: Document, **more: Any) -> DriftItem:
    [item] = items(document, **more)
    return item


def about(item: DriftItem) -> tuple[str, str, Severity]:
    """Cause, marks and severity."""
    return item.cause, " ".join(sorted(item.marks)), item.severity


def code(address: str, references: dict[str, list[str]] | None = None, **data: list[str]) -> Document:
    """The configuration of one resource; `data`: the arguments of data sources by the name of each `aws_ami`."""
    expressions = {name: {"references": wanted} for name, wanted in (references or {}).items()}
    sources = [
        {"address": f"data.aws_ami.{name}", "mode": "data", "expressions": {argument: {} for argument in arguments}}
        for name, arguments in data.items()
    ]
    kind, _, name = address.partition(".")
    managed = {"address": address, "mode": "managed", "type": kind, "name": name, "expressions": expressions}
    return {"root_module": {"resources": [managed, *sources]}}


def prior(*entries: Document) -> Document:
    return {"values": {"root_module": {"resources": list(entries)}}}


def real(kind: str, values: Document) -> Document:
    return {"address": f"{kind}.this", "mode": "managed", "type": kind, "name": "this", "values": values}


def answer(**values: Any) -> Document:
    return {"address": "data.aws_ami.os", "mode": "data", "type": "aws_ami", "name": "os", "values": values}


def applied_answer(**values: Any) -> Document:
    entry = {"mode": "data", "type": "aws_ami", "name": "os", "instances": [{"attributes": values}]}
    return {"resources": [entry]}


# ---- by hand, or not applied -------------------------------------------------------------------------------------


def test_what_drifted_and_is_changed_back_was_changed_outside() -> None:
    drift = resource("update", before={"a": 2}, after={"a": 1})
    item = only(drifted(resource("update", before={"a": 1}, after={"a": 2}), drift=[drift]))
    assert (item.cause, item.severity) == ("out-of-band", Severity.MEDIUM)


def test_what_did_not_drift_waits_to_be_applied_and_names_the_last_apply() -> None:
    item = only(plan(resource("update", before={"a": 1}, after={"a": 2})), applied=OTHER)
    assert (item.cause, item.severity) == ("not-applied", Severity.LOW)
    assert item.evidence == (
        "the last apply, on 2026-11-20, was of commit 0123456789ab; 2 commits since then touch this Stack"
    )


def test_a_change_by_hand_and_one_in_the_code_are_told_apart_in_one_resource() -> None:
    change = resource("update", before={"a": 1, "b": 1}, after={"a": 2, "b": 2})
    found = items(drifted(change, drift=[resource("update", before={"a": 2, "b": 1}, after={"a": 1, "b": 1})]))
    assert [(item.cause, [field.path for field in item.fields]) for item in found] == [
        ("out-of-band", ["a"]),
        ("not-applied", ["b"]),
    ]


def test_a_block_that_stands_elsewhere_in_each_comparison_is_known_by_its_whole() -> None:
    applied, now = {"rule": [{"port": 1}, {"port": 2}]}, {"rule": [{"port": 9}, {"port": 1}, {"port": 2}]}
    found = items(
        drifted(resource("update", before=now, after=applied), drift=[resource("update", before=applied, after=now)])
    )
    assert {item.cause for item in found} == {"out-of-band"}


def test_what_was_deleted_by_hand_is_told_with_what_is_lost() -> None:
    document = drifted(
        resource("create", DATABASE, after={"id": "x"}), drift=[resource("delete", DATABASE, before={"id": "x"})]
    )
    item = only(document)
    assert about(item) == ("out-of-band", "loses-data", Severity.HIGH)


def test_what_is_gone_from_cloud_and_code_is_noise() -> None:
    assert only(drifted(drift=[resource("delete", before={"id": "x"})])).cause == "noise"


@pytest.mark.parametrize(
    ("action", "marks", "severity"),
    [
        ("create", "", Severity.LOW),
        ("delete", "loses-data", Severity.HIGH),
        ("replace", "loses-data replace", Severity.HIGH),
    ],
)
def test_a_pending_loss_of_data_is_marked(action: str, marks: str, severity: Severity) -> None:
    sides = {"before": {"a": 1}} if action == "delete" else {"after": {"a": 2}}
    if action == "replace":
        sides = {"before": {"a": 1}, "after": {"a": 2}}
    item = only(plan(resource(action, DATABASE, **sides)))
    assert about(item) == ("not-applied", marks, severity)


# ---- security ----------------------------------------------------------------------------------------------------


def test_what_is_open_to_everybody_by_hand_is_critical_and_says_so() -> None:
    applied, now = {"block_public_acls": True}, {"block_public_acls": False}
    item = only(
        drifted(
            resource("update", BUCKET, before=now, after=applied),
            drift=[resource("update", BUCKET, before=applied, after=now)],
        )
    )
    assert about(item) == ("out-of-band", "security", Severity.CRITICAL)
    assert item.evidence.endswith("; now block_public_acls: false")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("aws_iam_role.this", "assume_role_policy"),
        ("aws_vpc_security_group_ingress_rule.this", "to_port"),
        (DATABASE, "deletion_protection"),
        (DATABASE, "storage_encrypted"),
        ("aws_lb_listener.this", "ssl_policy"),
        ("aws_sqs_queue.this", "kms_master_key_id"),
    ],
)
def test_what_touches_security_is_marked_and_raised(address: str, name: str) -> None:
    document = drifted(
        resource("update", address, before={name: "x"}, after={name: "y"}),
        drift=[resource("update", address, before={name: "y"}, after={name: "x"})],
    )
    assert about(only(document)) == ("out-of-band", "security", Severity.HIGH)


@pytest.mark.parametrize("name", ["tags", "description", "name_prefix"])
def test_words_about_a_thing_of_security_do_not_touch_it(name: str) -> None:
    change = resource("update", "aws_iam_role.this", before={name: "x"}, after={name: "y"})
    assert only(plan(change)).marks == frozenset()


def test_a_change_by_hand_that_no_apply_changes_back_counts_if_it_touches_security() -> None:
    item = only(drifted(drift=[resource("update", DATABASE, before={"kms_key_id": "a"}, after={"kms_key_id": "b"})]))
    assert about(item) == ("out-of-band", "security", Severity.HIGH)
    assert item.action == "no-op"
    assert [(field.before, field.after) for field in item.fields] == [("b", "a")]
    assert "no apply changes it back" in item.evidence


def test_a_change_by_hand_that_no_apply_changes_back_is_noise_otherwise() -> None:
    item = only(drifted(drift=[resource("update", DATABASE, before={"latest": "a"}, after={"latest": "b"})]))
    assert (item.cause, item.severity) == ("noise", Severity.LOW)


# ---- noise -------------------------------------------------------------------------------------------------------


def test_null_against_an_empty_text_is_noise() -> None:
    assert only(plan(resource("update", before={"a": ""}, after={"a": None}))).cause == "noise"
    assert only(drifted(drift=[resource("update", DATABASE, before={"policy": None}, after={"policy": ""})])).cause == (
        "noise"
    )


def test_a_policy_in_another_order_is_noise() -> None:
    one, other = (
        '{"Statement":[{"Effect":"Allow","Action":["a","b"],"Resource":"*"}]}',
        '{"Statement":[{"Action":["b","a"],"Effect":"Allow","Resource":["*"]}]}',
    )
    item = only(plan(resource("update", "aws_iam_policy.this", before={"policy": one}, after={"policy": other})))
    assert (item.cause, item.evidence) == ("noise", "both sides mean the same")


def scaled(count: int, target: Document) -> Document:
    values = {"name": "app", "cluster": "arn:aws:ecs:eu:1:cluster/main", "desired_count": count}
    change = resource("update", SERVICE, before=values, after={**values, "desired_count": 3})
    return plan(change, prior_state=prior(real("aws_appautoscaling_target", target)))


@pytest.mark.parametrize(
    ("count", "target", "cause"),
    [
        (5, {}, "noise"),
        (2, {}, "noise"),
        (7, {}, "not-applied"),
        (0, {}, "not-applied"),
        (5, {"resource_id": "service/main/other"}, "not-applied"),
        (5, {"scalable_dimension": "ecs:service:Other"}, "not-applied"),
        (5, {"max_capacity": None}, "not-applied"),
    ],
)
def test_a_count_between_the_limits_of_its_own_scaling_target_is_noise(
    count: int, target: Document, cause: str
) -> None:
    assert only(scaled(count, {**TARGET, **target})).cause == cause


def test_a_group_that_scales_between_its_own_limits_is_noise() -> None:
    limits = {"min_size": 1, "max_size": 4}
    for count, cause in ((3, "noise"), (5, "not-applied")):
        before, after = {**limits, "desired_capacity": count}, {**limits, "desired_capacity": 2}
        assert only(plan(resource("update", "aws_autoscaling_group.this", before=before, after=after))).cause == cause


KEY = {"id": "k-1", "policy": "x"}


@pytest.mark.parametrize(
    ("companion", "cause"),
    [({"key_id": "k-1"}, "noise"), ({"key_id": "k-2"}, "out-of-band"), (None, "out-of-band")],
    ids=["its own", "another one's", "none"],
)
def test_what_a_resource_of_its_own_sets_is_noise_only_where_there_is_one(
    companion: Document | None, cause: str
) -> None:
    drift = resource("update", "aws_kms_key.this", before={**KEY, "policy": "y"}, after=KEY)
    others = [real("aws_kms_key_policy", companion)] if companion else []
    configuration = code("aws_kms_key.this")
    document = drifted(drift=[drift], prior_state=prior(*others), configuration=configuration)
    assert only(document).cause == cause


def test_what_a_reader_looks_at_is_left_to_it_unless_the_code_sets_it() -> None:
    group = "aws_security_group.this"
    drift = resource("update", group, before={"ingress": []}, after={"ingress": [{"cidr_blocks": ["0.0.0.0/0"]}]})
    assert only(drifted(drift=[drift], configuration=code(group))).cause == "noise"
    ignored = drifted(drift=[drift], configuration=code(group, {"ingress": []}))
    assert about(only(ignored)) == ("out-of-band", "security", Severity.CRITICAL)


# ---- data sources ------------------------------------------------------------------------------------------------

IMAGE = "aws_instance.this"


def by_data(
    *, references: list[str], before: str = "ami-old", after: str = "ami-new", now: Document | None = None, **more: Any
) -> Document:
    return plan(
        resource("update", IMAGE, before={"ami": before}, after={"ami": after}),
        configuration=code(IMAGE, {"ami": references}, os=["filter"]),
        prior_state=prior(answer(**(now or {"filter": "x", "id": "ami-new"}))),
        **more,
    )


STATE = applied_answer(filter="x", id="ami-old")


@pytest.mark.parametrize("applied", [SAME, OTHER], ids=["same code", "other code"])
def test_another_answer_to_the_same_question_is_noise_where_it_explains_the_value(applied: AppliedCode) -> None:
    assert only(by_data(references=["data.aws_ami.os.id"]), applied=applied, state=STATE).cause == "noise"


@pytest.mark.parametrize(
    ("document", "applied"),
    [
        (by_data(references=["var.ami"]), SAME),
        (by_data(references=["data.aws_ami.os.id"], now={"filter": "y", "id": "ami-new"}), SAME),
        (by_data(references=["data.aws_ami.os.id"], now={"filter": "x", "id": "ami-old"}), SAME),
        (by_data(references=["data.aws_ami.os.id", "var.other"], after="ami-other"), OTHER),
        (by_data(references=["local.ami"]), SAME),
    ],
    ids=[
        "no reference",
        "another question",
        "the same answer",
        "a value from elsewhere",
        "a local without a data source",
    ],
)
def test_what_the_answer_does_not_explain_is_not_noise(document: Document, applied: AppliedCode) -> None:
    assert only(document, applied=applied, state=STATE).cause == "not-applied"


def test_a_local_value_is_followed_where_the_plan_names_the_data_source() -> None:
    relevant = [{"resource": "data.aws_ami.os", "attribute": ["id"]}]
    document = by_data(references=["local.ami"], relevant_attributes=relevant)
    assert only(document, state=STATE).cause == "noise"


def test_an_answer_is_no_excuse_where_data_would_be_lost() -> None:
    document = by_data(references=["data.aws_ami.os.id"])
    [change] = document["resource_changes"]
    change.update(address=DATABASE, type="aws_db_instance")
    change["change"] |= {"actions": ["delete", "create"], "replace_paths": [["ami"]]}
    document["configuration"] = code(DATABASE, {"ami": ["data.aws_ami.os.id"]}, os=["filter"])
    item = only(document, state=STATE)
    assert (item.cause, item.severity) == ("not-applied", Severity.HIGH)


def test_only_data_that_changed_is_no_drift() -> None:
    read = {**resource("read", "aws_ami.os", mode="data"), "address": "data.aws_ami.os"}
    assert items(plan(read, prior_state=prior(answer(id="ami-new"))), state=STATE) == ()


def test_what_follows_from_another_change_has_its_cause() -> None:
    group, listener = "aws_lb_target_group.this", "aws_lb_listener.this"
    document = drifted(
        resource("update", listener, before={"target": "arn"}, after={}, after_unknown={"target": True}),
        resource("create", group, after={"name": "x"}),
        drift=[resource("delete", group, before={"name": "x"})],
        configuration=code(listener, {"target": [f"{group}.arn", group]}),
    )
    found = {item.address: item for item in items(document)}
    assert (found[listener].cause, found[listener].evidence) == ("out-of-band", f"follows from {group}")


# ---- outputs -----------------------------------------------------------------------------------------------------


def test_an_output_alone_is_its_own_class() -> None:
    change = {"actions": ["update"], "before": "a", "after": "b", "after_unknown": False}
    item = only(plan(output_changes={"url": change}))
    assert (item.address, item.cause, item.severity) == ("output.url", "outputs", Severity.LOW)


def test_an_output_that_follows_from_a_resource_is_not_told_twice() -> None:
    change = {"actions": ["update"], "before": "a", "after": "b", "after_unknown": False}
    configuration = {"root_module": {"outputs": {"url": {"expression": {"references": ["aws_lb.this.dns_name"]}}}}}
    document = plan(
        resource("update", "aws_lb.this", before={"a": 1}, after={"a": 2}),
        output_changes={"url": change},
        configuration=configuration,
    )
    assert [item.address for item in items(document)] == ["aws_lb.this"]


def test_no_secret_is_in_an_item() -> None:
    mask = {"password": True}
    masks = {"before_sensitive": mask, "after_sensitive": mask}
    secrets = [{"password": f"hunter{number}-do-not-show"} for number in range(3)]
    document = drifted(
        resource("update", DATABASE, before=secrets[0], after=secrets[1], **masks),
        drift=[
            resource("update", DATABASE, before=secrets[1], after=secrets[0], **masks),
            resource("update", "aws_db_instance.b", before=secrets[1], after=secrets[2], **masks),
        ],
    )
    found = items(document)
    assert [item.cause for item in found] == ["out-of-band", "noise"]
    assert "hunter" not in str([item.document() for item in found])


# ---- all plans ---------------------------------------------------------------------------------------------------

SIDES = st.dictionaries(
    st.sampled_from(["a", "b", "c", "policy", "tags"]),
    st.integers(0, 2) | st.sampled_from(["x", "y"]) | st.lists(st.integers(0, 2), min_size=1, max_size=2),
)
KINDS = st.sampled_from(["aws_sns_topic", "aws_iam_role", "aws_db_instance", "aws_security_group", "aws_s3_bucket"])


@given(kind=KINDS, applied=SIDES, now=SIDES, planned=SIDES)
@examples(300)
def test_each_field_that_a_plan_changes_is_told_once_and_with_the_right_cause(
    kind: str, applied: Document, now: Document, planned: Document
) -> None:
    address = f"{kind}.this"
    document = drifted(
        resource("update", address, before=now, after=planned),
        drift=[resource("update", address, before=applied, after=now)] if applied != now else [],
    )
    fields = [(field.path, item.cause) for item in items(document) if item.action == "update" for field in item.fields]
    [change] = plans.read(document).changes
    shown = {field.path for field in change.fields if field.group is None}
    assert sorted(path for path, _ in fields) == sorted(shown)
    for path, cause in fields:
        root = path.partition("[")[0].partition(".")[0]
        assert cause == ("out-of-band" if applied.get(root) != now.get(root) else "not-applied"), path
