from __future__ import annotations

from dataclasses import astuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import examples
from tests.unit.plan_documents import plan, resource

from infragate.domain import plan as plans
from infragate.domain.errors import ToolFailed
from infragate.domain.plan import Change


def only(entry: dict[str, Any]) -> Change:
    """The one change of a plan that has one."""
    (change,) = plans.read(plan(entry)).changes
    return change


@pytest.mark.parametrize(
    ("action", "counted"),
    [
        ("create", "add"),
        ("update", "change"),
        ("delete", "destroy"),
        ("replace", "replace"),
        ("replace-first", "replace"),
        ("forget", "forget"),
        ("no-op", "no_op"),
    ],
)
def test_each_action_is_counted_once_and_nowhere_else(action: str, counted: str) -> None:
    summary = plans.read(plan(resource(action))).summary
    assert getattr(summary, counted) == 1
    assert sum(astuple(summary)) == 1


def test_a_replacement_that_forgets_the_old_object_is_a_replacement() -> None:
    entry = resource("update", actions=["create", "forget"])
    assert only(entry).action == "replace"


def test_a_move_is_counted_beside_its_action() -> None:
    entry = resource("no-op", "aws_sqs_queue.new", previous_address="aws_sqs_queue.old")
    read = plans.read(plan(entry))
    assert (read.summary.move, read.summary.no_op, read.changes[0].moved_from) == (1, 1, "aws_sqs_queue.old")


def test_an_address_that_is_its_own_previous_one_has_not_moved() -> None:
    entry = resource("update", "aws_sqs_queue.a", previous_address="aws_sqs_queue.a")
    assert only(entry).moved_from is None


def test_an_import_without_a_difference_is_a_change_to_show() -> None:
    read = plans.read(plan(resource("no-op", importing={"id": "x"})))
    assert (read.summary.imported, read.changes[0].imported) == (1, True)


def test_a_resource_with_nothing_to_do_is_not_listed() -> None:
    assert plans.read(plan(resource("no-op"))).changes == ()


def test_reading_a_data_source_is_no_change() -> None:
    read = plans.read(plan(resource("read", "data.aws_ami.x", mode="data")))
    assert read.changes == ()
    assert sum(astuple(read.summary)) == 0


def test_changes_keep_the_order_of_the_document() -> None:
    read = plans.read(plan(resource("create", "a.b"), resource("delete", "a.a"), resource("update", "a.c")))
    assert [change.address for change in read.changes] == ["a.b", "a.a", "a.c"]


def test_an_apply_takes_two_steps_for_a_replacement() -> None:
    read = plans.read(plan(resource("create", "a.b"), resource("replace", "a.c"), resource("no-op", "a.d")))
    assert read.operations == 3


@pytest.mark.parametrize(
    ("action", "kind", "lost"),
    [
        ("delete", "aws_db_instance", True),
        ("replace", "aws_db_instance", True),
        ("replace-first", "aws_s3_bucket", True),
        ("update", "aws_db_instance", False),
        ("forget", "aws_db_instance", False),
        ("delete", "aws_sns_topic", False),
    ],
)
def test_state_is_lost_where_something_stateful_is_destroyed(action: str, kind: str, lost: bool) -> None:
    assert only(resource(action, f"{kind}.x")).loses_state is lost


def test_the_reason_of_a_replacement_is_in_words_with_the_settings_that_ask_for_it() -> None:
    entry = resource(
        "replace", action_reason="replace_because_cannot_update", replace_paths=[["engine"], ["subnets", 0]]
    )
    assert only(entry).reason == "cannot be changed in place: engine, subnets[0]"


def test_a_reason_that_nobody_knows_is_shown_as_terraform_has_it() -> None:
    assert only(resource("delete", action_reason="delete_because_of_tide")).reason == "delete because of tide"


def test_a_deposed_object_says_so() -> None:
    entry = resource("delete", deposed="abcdef01")
    assert only(entry).reason == "a deposed object of an earlier replacement"


def test_an_ordinary_update_has_no_reason() -> None:
    assert only(resource("update")).reason is None


def test_the_fields_of_an_update_are_read() -> None:
    (field,) = only(resource("update", before={"name": "a", "size": 1}, after={"name": "b", "size": 1})).fields
    assert (field.path, field.before, field.after) == ("name", "a", "b")


@pytest.mark.parametrize("action", ["forget", "no-op"])
def test_what_terraform_leaves_as_it_is_has_no_fields(action: str) -> None:
    entry = resource(action, before={"name": "a"}, after=None, previous_address="aws_sns_topic.old")
    assert only(entry).fields == ()


def test_drift_is_what_differs_outside_of_terraform() -> None:
    drifted = resource("update", "aws_sns_topic.a", before={"name": "a"}, after={"name": "b"})
    read = plans.read(plan(resource_drift=[drifted]))
    assert [change.address for change in read.drift] == ["aws_sns_topic.a"]
    assert read.changes == ()


def test_what_vanished_outside_of_terraform_is_drift() -> None:
    read = plans.read(plan(resource_drift=[resource("delete", "aws_sns_topic.a", before={"name": "a"})]))
    assert [change.action for change in read.drift] == ["delete"]


def test_null_that_became_empty_is_no_drift() -> None:
    noise = resource("update", before={"tags": None}, after={"tags": {}})
    assert plans.read(plan(resource_drift=[noise])).drift == ()


def test_a_changed_output_is_counted_and_read() -> None:
    changes = {"url": {"actions": ["update"], "before": "a", "after": "b", "after_unknown": False}}
    read = plans.read(plan(output_changes=changes))
    assert (read.summary.output_changes, read.outputs[0].name, read.outputs[0].fields[0].after) == (1, "url", "b")


def test_an_output_that_stays_is_not_counted() -> None:
    changes = {"url": {"actions": ["no-op"], "before": "a", "after": "a", "after_unknown": False}}
    read = plans.read(plan(output_changes=changes))
    assert (read.summary.output_changes, read.outputs) == (0, ())


def test_a_sensitive_output_is_hidden_on_both_sides() -> None:
    changes = {
        "key": {
            "actions": ["update"],
            "before": "old-secret",
            "after": "new-secret",
            "after_unknown": False,
            "before_sensitive": True,
            "after_sensitive": True,
        }
    }
    assert "secret" not in repr(plans.read(plan(output_changes=changes)))


def test_a_plan_without_resources_is_a_plan() -> None:
    empty = {"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {}}
    assert sum(astuple(plans.read(empty).summary)) == 0


@pytest.mark.parametrize("version", [None, "", "2.0", "0.2", "10.1", 1, 1.2, "1.", "1.x", "1.2\n", "v1.2", ["1.2"]])
def test_another_format_fails_closed(version: object) -> None:
    with pytest.raises(ToolFailed, match=r"format_version"):
        plans.read(plan(format_version=version))


@pytest.mark.parametrize("document", [None, [], "plan", 7, {}])
def test_what_is_no_plan_fails_closed(document: object) -> None:
    with pytest.raises(ToolFailed, match="cannot be trusted"):
        plans.read(document)


def test_the_json_of_a_state_is_no_plan() -> None:
    with pytest.raises(ToolFailed, match="not a plan"):
        plans.read({"format_version": "1.0", "terraform_version": "1.11.4", "values": {}})


def test_the_plan_of_a_run_that_failed_is_refused() -> None:
    with pytest.raises(ToolFailed, match="errored"):
        plans.read(plan(errored=True))


def test_a_plan_that_puts_changes_off_is_refused() -> None:
    deferred = [{"reason": "provider_config_unknown", "resource_change": resource("create")}]
    with pytest.raises(ToolFailed, match="defers 1 change"):
        plans.read(plan(deferred_changes=deferred))


@pytest.mark.parametrize("actions", [["destroy"], ["update", "create"], [], None, "create", [["create"]], 7])
def test_an_action_that_nobody_knows_fails_closed(actions: object) -> None:
    with pytest.raises(ToolFailed, match="unknown actions"):
        plans.read(plan(resource("update", actions=actions)))


@pytest.mark.parametrize("name", ["address", "type", "change"])
def test_a_change_without_what_it_must_have_fails_closed(name: str) -> None:
    entry = resource("update")
    del entry[name]
    with pytest.raises(ToolFailed, match="unexpected shape"):
        plans.read(plan(entry))


@given(st.lists(st.sampled_from(["create", "update", "delete", "replace", "forget", "no-op"]), max_size=12))
@examples(50)
def test_every_resource_is_counted_exactly_once(actions: list[str]) -> None:
    summary = plans.read(plan(*(resource(action, f"a.r{n}") for n, action in enumerate(actions)))).summary
    assert sum(astuple(summary)) == len(actions)


def test_a_plan_nested_without_end_is_not_trusted() -> None:
    deep: Any = "x"
    for _ in range(3000):
        deep = {"in": deep}
    document = plan(resource("update", before=deep, after={"in": deep}))
    with pytest.raises(ToolFailed, match="cannot be trusted"):
        plans.read(document)


@pytest.mark.parametrize("field", ["action_invocations", "deferred_action_invocations"])
def test_a_plan_that_runs_actions_is_not_trusted(field: str) -> None:
    with pytest.raises(ToolFailed, match="runs provider actions"):
        plans.read(plan(**{field: [{"address": "action.aws_lambda_invoke.all"}]}))


@pytest.mark.parametrize("part", [True, 7, "x", {"a": 1}, [7], [[]]])
def test_a_configuration_of_another_shape_says_nothing(part: object) -> None:
    for module in ({"resources": part}, {"module_calls": part}, {"module_calls": {"a": {"module": part}}}, part):
        assert plans.read(plan(resource("create"), configuration={"root_module": module})).changes[0].configured is None


@pytest.mark.parametrize("odd", [None, 7, [], {"a": 1}])
def test_a_relevant_attribute_of_another_shape_is_read(odd: object) -> None:
    assert plans.read(plan(relevant_attributes=[{"resource": odd}, {"resource": "a.b"}])).relevant >= {"a.b"}
