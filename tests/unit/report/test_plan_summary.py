from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import examples
from tests.unit.plan_documents import plan, resource

from infragate.domain import plan as plans
from infragate.domain.redaction import Masker
from infragate.domain.terraform.state_lock import LockHolder
from infragate.report import json_text, plan_summary, plan_values
from infragate.report.printer import Mode, Printer

Capture = pytest.CaptureFixture[str]
SECRET = "hunter2-do-not-show"


def printer(mode: Mode = "plain") -> Printer:
    return Printer(mode=mode, colour=False, masker=Masker())


def lines(
    capsys: Capture,
    *resources: dict[str, Any],
    mode: Mode = "plain",
    changes: bool = True,
    drift: bool = False,
    **more: Any,
) -> list[str]:
    """What is printed of a plan, without its title and its headline."""
    read = plans.read(plan(*resources, **more))
    plan_summary.show(read, title="T", headline="Plan: H.", changes=changes, drift=drift, printer=printer(mode))
    shown = capsys.readouterr().out.splitlines()
    assert (shown[0], shown[-1]) == ("# T" if mode == "plain" else "T", "Plan: H.")
    return shown[1:-1]


@pytest.mark.parametrize(
    ("action", "line"),
    [
        ("create", "  + aws_sns_topic.a"),
        ("update", "  ~ aws_sns_topic.a"),
        ("replace", "-/+ aws_sns_topic.a"),
        ("delete", "  - aws_sns_topic.a"),
        ("forget", "  x aws_sns_topic.a"),
    ],
)
def test_each_action_has_its_sign(capsys: Capture, action: str, line: str) -> None:
    assert lines(capsys, resource(action, "aws_sns_topic.a")) == [line]


def test_what_is_lost_comes_first(capsys: Capture) -> None:
    actions = ["no-op", "create", "update", "forget", "replace", "delete"]
    given_resources = [
        resource(action, f"a.{action}", importing={"id": "x"} if action == "no-op" else None) for action in actions
    ]
    signs = [line.split()[0] for line in lines(capsys, *given_resources)]
    assert signs == ["-", "-/+", "x", "~", "+", ">"]


def test_a_change_has_its_notes(capsys: Capture) -> None:
    entry = resource(
        "replace",
        "aws_db_instance.new",
        previous_address="aws_db_instance.old",
        importing={"id": "x"},
        action_reason="replace_because_tainted",
    )
    assert lines(capsys, entry)[0] == (
        "-/+ aws_db_instance.new  [STATEFUL; import; was aws_db_instance.old; it is tainted]"
    )


def test_data_at_risk_is_named_once_more_at_the_end(capsys: Capture) -> None:
    shown = lines(capsys, resource("delete", "aws_s3_bucket.b"), resource("create", "aws_s3_bucket.c"))
    assert shown[-1] == "! data at risk: aws_s3_bucket.b"


def test_without_a_loss_nothing_is_at_risk(capsys: Capture) -> None:
    assert "risk" not in "".join(lines(capsys, resource("update", "aws_s3_bucket.b")))


def test_the_fields_of_an_update_are_shown_before_and_after(capsys: Capture) -> None:
    entry = resource("update", before={"size": 1, "name": "a"}, after={"size": 2, "name": "a"})
    assert lines(capsys, entry)[1:] == ["      size: 1 -> 2"]


def test_what_is_only_computed_is_counted(capsys: Capture) -> None:
    entry = resource("replace", before={"arn": "x"}, after={}, after_unknown={"arn": True, "id": True, "etag": True})
    assert lines(capsys, entry)[1:] == ["      (3 computed, known after apply: arn, etag, id)"]


@pytest.mark.parametrize(("mode", "length"), [("person", 160), ("plain", 502), ("github", 502)])
def test_only_a_persons_screen_cuts_long_values(capsys: Capture, mode: Mode, length: int) -> None:
    entry = resource("update", before={"a": "x" * 500}, after={"a": 1})
    value = lines(capsys, entry, mode=mode)[1].removeprefix("      a: ").removesuffix(" -> 1")
    assert len(value) == length
    assert value.endswith("...") is (mode == "person")


def test_a_value_is_one_line_whatever_it_holds() -> None:
    assert plan_values.shown("a\nb") == '"a\\nb"'


def test_a_small_number_is_shown_with_its_digits() -> None:
    assert plan_values.shown([Decimal("0.0000001")]) == "[0.0000001]"


def test_a_secret_is_shown_as_a_secret(capsys: Capture) -> None:
    entry = resource("update", before={"p": SECRET}, after={"p": f"{SECRET}2"}, after_sensitive={"p": True})
    assert lines(capsys, entry)[1:] == ['      p: "(sensitive value)" -> "(sensitive value)"']


def test_outputs_are_shown_after_the_resources(capsys: Capture) -> None:
    changes = {
        "new": {"actions": ["create"], "before": None, "after": 1, "after_unknown": False},
        "url": {"actions": ["update"], "before": "a", "after": "b", "after_unknown": False},
    }
    shown = lines(capsys, resource("create", "a.b"), output_changes=changes)
    assert shown == ["  + a.b", "  + output.new: 1", "  ~ output.url", '      "a" -> "b"']


def test_no_changes_say_so(capsys: Capture) -> None:
    assert lines(capsys, changes=False) == ["No changes. The infrastructure matches the configuration."]


def test_drift_without_consequence_is_named_and_shown_with_refresh_only(capsys: Capture) -> None:
    drifted = [resource("update", "aws_sns_topic.a", before={"a": 1}, after={"a": 2})]
    assert lines(capsys, resource_drift=drifted) == [
        "changed outside of Terraform, without consequence for this plan (1): aws_sns_topic.a"
    ]
    assert lines(capsys, resource_drift=drifted, drift=True) == [
        "changed outside of Terraform:",
        "  ~ aws_sns_topic.a",
        "      a: 1 -> 2",
    ]


def test_a_held_lock_is_a_warning(capsys: Capture) -> None:
    plan_summary.show_lock(LockHolder(id="7c1d", who="kim@laptop", created="09:12"), printer())
    assert capsys.readouterr().err == (
        "warning: the state is locked by kim@laptop since 09:12 (lock id 7c1d); an apply would end 6\n"
    )


def test_no_lock_is_no_warning(capsys: Capture) -> None:
    plan_summary.show_lock(None, printer())
    assert capsys.readouterr() == ("", "")


def test_the_document_has_the_names_of_the_schema() -> None:
    entry = resource("update", "aws_s3_bucket.b", before={"a": 1}, after={"a": 2})
    made = json.loads(json_text.document(plan_summary.document(plans.read(plan(entry)))))
    assert made["changes"] == [
        {
            "address": "aws_s3_bucket.b",
            "type": "aws_s3_bucket",
            "action": "update",
            "actions": ["update"],
            "stateful": True,
            "moved_from": None,
            "imported": False,
            "reason": None,
            "replace_paths": [],
            "deleted_outside": False,
            "exposures": [],
            "key_attributes": {},
            "fields": [{"path": "a", "before": 1, "after": 2}],
        }
    ]
    assert made["summary"] == {
        "add": 0,
        "change": 1,
        "destroy": 0,
        "replace": 0,
        "import": 0,
        "move": 0,
        "forget": 0,
        "no_op": 0,
        "output_changes": 0,
    }


_ACTIONS = st.lists(st.sampled_from(["create", "update", "delete", "replace", "forget", "no-op"]), max_size=8)


@given(_ACTIONS)
@examples(40)
def test_the_summary_and_the_list_of_a_document_agree(actions: list[str]) -> None:
    made = plan_summary.document(plans.read(plan(*(resource(action, f"a.r{n}") for n, action in enumerate(actions)))))
    counted = {"create": "add", "update": "change", "delete": "destroy", "replace": "replace", "forget": "forget"}
    for action, name in counted.items():
        assert made["summary"][name] == sum(change["action"] == action for change in made["changes"])


@given(
    value=st.recursive(
        st.just(SECRET) | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        max_leaves=6,
    ),
    action=st.sampled_from(["create", "update", "replace", "delete"]),
)
@examples(60)
def test_a_secret_is_in_no_document(value: Any, action: str) -> None:
    entry = resource(
        action, before={"p": value}, after={"p": [value]}, before_sensitive={"p": True}, after_sensitive={"p": True}
    )
    read = plans.read(plan(entry, resource_drift=[entry]))
    assert SECRET not in json_text.document(plan_summary.document(read)).decode()
