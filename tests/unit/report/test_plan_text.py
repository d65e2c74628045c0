"""The text of a plan: signs, key attributes, noise, drift, renames, and lines that fit on a screen."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.domain.test_manifest import MANIFEST
from tests.unit.examples import examples
from tests.unit.plan_documents import plan, resource

from infragate.domain import plan as plans
from infragate.domain.redaction import Masker
from infragate.report import plan_summary, plan_values
from infragate.report.plan_text import sign, where
from infragate.report.printer import Mode, Printer

Capture = pytest.CaptureFixture[str]
RULE = {"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv4": "0.0.0.0/0"}
RULE_ADDRESS = "aws_vpc_security_group_ingress_rule.ssh"
LONG = 'module.payments.module.database["ap-northeast-2"].aws_vpc_security_group_ingress_rule.from_office["10.0.0.0/8"]'


def shown(
    capsys: Capture,
    *resources: dict[str, Any],
    mode: Mode = "plain",
    width: int | None = None,
    full: bool = False,
    **more: Any,
) -> list[str]:
    """What is printed of a plan between its title and its headline."""
    printer = Printer(mode=mode, colour=False, masker=Masker(), width=width)
    read = plans.read(plan(*resources, **more))
    plan_summary.show(read, title="T", headline="H", changes=True, drift=False, printer=printer, full=full)
    return capsys.readouterr().out.splitlines()[1:-1]


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        (["delete", "create"], "-/+"),
        (["create", "delete"], "+/-"),
        (["create", "forget"], "+/x"),
        (["create"], "+"),
        (["delete"], "-"),
        (["update"], "~"),
        (["forget"], "x"),
    ],
)
def test_the_sign_says_what_is_done_first(capsys: Capture, actions: list[str], expected: str) -> None:
    entry = resource("update", actions=actions)
    assert shown(capsys, entry)[0].split()[0] == expected
    assert sign(plans.read(plan(entry)).changes[0]) == expected


def test_a_new_rule_shows_port_and_source_and_that_it_is_open(capsys: Capture) -> None:
    assert shown(capsys, resource("create", RULE_ADDRESS, after=RULE)) == [
        f"  + {RULE_ADDRESS}  [PUBLIC: open to 0.0.0.0/0]",
        '      ip_protocol: "tcp"  from_port: 22  to_port: 22  cidr_ipv4: "0.0.0.0/0"',
    ]


def test_a_deleted_database_shows_which(capsys: Capture) -> None:
    values = {"identifier": "orders", "engine": "mysql", "instance_class": "db.t4g.micro", "port": 3306}
    assert shown(capsys, resource("delete", "aws_db_instance.a", before=values))[1] == (
        '      identifier: "orders"  engine: "mysql"  instance_class: "db.t4g.micro"'
    )


def test_full_shows_every_attribute(capsys: Capture) -> None:
    created = resource(
        "create", RULE_ADDRESS, after={**RULE, "description": "d"}, after_unknown={"id": True, "arn": True}
    )
    lines = shown(capsys, created, full=True)
    assert {'      description: "d"', "      from_port: 22"} <= set(lines)
    assert lines[-1] == "      (2 computed, known after apply: arn, id)"


def test_full_shows_noise_as_fields(capsys: Capture) -> None:
    entry = resource("replace", before={"arn": "x", "note": ""}, after={"note": None}, after_unknown={"arn": True})
    assert shown(capsys, entry)[1:] == [
        "      (1 computed, known after apply: arn)",
        "      (1 null instead of empty, or the reverse: note)",
    ]
    assert shown(capsys, entry, full=True)[1:] == ['      arn: "x" -> (known after apply)', '      note: "" -> null']


def test_many_computed_attributes_are_one_line(capsys: Capture) -> None:
    unknown = {f"computed_{number:02}": True for number in range(30)}
    (line,) = shown(capsys, resource("replace", after_unknown=unknown))[1:]
    assert line.startswith("      (30 computed, known after apply: computed_00, ") and line.endswith(" and 22 more)")


def test_what_forces_a_replacement_is_marked(capsys: Capture) -> None:
    entry = resource("replace", before={"ami": "a", "b": 1}, after={"ami": "b", "b": 2}, replace_paths=[["ami"]])
    assert shown(capsys, entry)[1:] == ['      ami: "a" -> "b"  [forces replacement]', "      b: 1 -> 2"]


def test_another_order_is_called_an_order(capsys: Capture) -> None:
    entry = resource(
        "update", before={"r": [{"name": "x"}, {"name": "y"}]}, after={"r": [{"name": "y"}, {"name": "x"}]}
    )
    assert shown(capsys, entry)[1:] == ['      r: order ["x", "y"] -> ["y", "x"]']


def test_of_a_long_list_what_comes_and_goes_is_shown(capsys: Capture) -> None:
    before = [f"10.0.{number}.0/24" for number in range(20)]
    entry = resource("update", before={"c": before}, after={"c": [*before[1:], "10.9.9.0/24"]})
    assert shown(capsys, entry)[1:] == ['      c: 20 -> 20 elements:  + "10.9.9.0/24"  - "10.0.0.0/24"']


def test_of_two_long_texts_a_person_sees_where_they_differ(capsys: Capture) -> None:
    entry = resource("update", before={"t": "x" * 500 + "old"}, after={"t": "x" * 500 + "new"})
    line = shown(capsys, entry, mode="person")[1]
    assert "...xxx" in line and 'old" -> ' in line and line.endswith('new"')


# Outside of Terraform.


def test_a_database_deleted_by_hand_is_no_first_creation(capsys: Capture) -> None:
    gone = resource("delete", "aws_db_instance.a", before={"identifier": "orders"})
    again = resource("create", "aws_db_instance.a", after={"identifier": "orders"})
    lines = shown(capsys, again, resource_drift=[gone])
    assert lines[:2] == ["changed outside of Terraform:", "  - aws_db_instance.a  [STATEFUL]"]
    assert "  + aws_db_instance.a  [STATEFUL; deleted outside of Terraform, created again]" in lines
    assert lines[-1] == "! deleted outside of Terraform, its data is gone: aws_db_instance.a"


def test_drift_that_led_to_a_change_is_shown_and_the_rest_is_named(capsys: Capture) -> None:
    values = {"before": {"a": 1}, "after": {"a": 2}}
    drifted = [resource("update", f"aws_sns_topic.{name}", **values) for name in ("back", "relevant", "quiet")]
    back = resource("update", "aws_sns_topic.back", before={"a": 2}, after={"a": 1})
    relevant = [{"resource": "aws_sns_topic.relevant", "attribute": ["a"]}]
    lines = shown(capsys, back, resource_drift=drifted, relevant_attributes=relevant)
    assert lines[:5] == [
        "changed outside of Terraform:",
        "  ~ aws_sns_topic.back",
        "      a: 1 -> 2",
        "  ~ aws_sns_topic.relevant",
        "      a: 1 -> 2",
    ]
    assert lines[5] == "changed outside of Terraform, without consequence for this plan (1): aws_sns_topic.quiet"


# Renames.


def test_a_rename_comes_with_the_block_to_write(capsys: Capture) -> None:
    gone = resource("delete", "aws_sqs_queue.old", before={"name": "jobs"})
    new = resource("create", "aws_sqs_queue.new", after={"name": "jobs"})
    assert shown(capsys, gone, new)[-6:] == [
        "! data at risk: aws_sqs_queue.old",
        "! renamed? 1 destroyed and 1 new objects are alike; to keep them, write:",
        "    moved {",
        "      from = aws_sqs_queue.old",
        "      to   = aws_sqs_queue.new",
        "    }",
    ]


# Where.


def test_the_header_says_account_region_role_and_commit() -> None:
    assert where(MANIFEST) == "AWS account 111111111111, ap-northeast-2, role fileflow-dev-plan, commit cccccccccccc"
    assert where(replace(MANIFEST, cloud="sandbox", commit=None)) == (
        "SANDBOX account 111111111111, ap-northeast-2, role fileflow-dev-plan, no commit"
    )


def test_the_header_is_the_second_line(capsys: Capture) -> None:
    printer = Printer(mode="plain", colour=False, masker=Masker())
    plan_summary.show(
        plans.read(plan()), title="T", headline="H", changes=True, drift=False, printer=printer, manifest=MANIFEST
    )
    assert capsys.readouterr().out.splitlines()[:2] == ["# T", where(MANIFEST)]


def test_the_document_says_where_too() -> None:
    assert plan_summary.document(plans.read(plan()), MANIFEST)["target"] == {
        "cloud": "aws",
        "account_id": "111111111111",
        "region": "ap-northeast-2",
        "role": MANIFEST.role,
        "commit": MANIFEST.commit,
    }


# On a screen.


def wide() -> tuple[dict[str, Any], ...]:
    """Changes with long addresses, values and notes."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{'b' * 60}/*"}
    return (
        {**resource("create", LONG, after=RULE), "type": "aws_vpc_security_group_ingress_rule"},
        {**resource("delete", f"module.x.{LONG}", action_reason="delete_because_no_module"), "type": "aws_db_instance"},
        resource(
            "replace",
            "aws_db_instance.orders_of_the_payment_service",
            before={"kms_key_id": f"arn:{'a' * 70}", "engine": "x"},
            after={"kms_key_id": f"arn:{'b' * 70}", "engine": "x"},
            after_unknown={f"computed_attribute_{number}": True for number in range(20)},
            replace_paths=[["kms_key_id"]],
            action_reason="replace_because_cannot_update",
        ),
        resource(
            "create", "aws_iam_policy.p", after={"name": "p", "policy": json.dumps({"Statement": [statement] * 3})}
        ),
    )


@pytest.mark.parametrize("width", [80, 160])
def test_a_line_is_too_long_only_if_one_word_is(capsys: Capture, width: int) -> None:
    lines = shown(capsys, *wide(), mode="person", width=width)
    too_long = [line for line in lines if len(line) > width]
    assert all(max(map(len, line.split())) > width - 10 for line in too_long), too_long
    assert any(LONG in line.split() for line in lines)


@pytest.mark.parametrize("width", [80, 160])
def test_every_address_and_path_is_in_one_piece(capsys: Capture, width: int) -> None:
    words = " ".join(shown(capsys, *wide(), mode="person", width=width)).split()
    for word in (
        LONG,
        f"module.x.{LONG}",
        "aws_db_instance.orders_of_the_payment_service",
        "kms_key_id:",
        "computed_attribute_0,",
    ):
        assert word in words


def test_losses_that_do_not_fit_are_listed_one_on_each_line(capsys: Capture) -> None:
    names = [f"module.a_module_with_a_long_name.aws_db_instance.database_{number}" for number in range(3)]
    entries = [{**resource("delete", name), "type": "aws_db_instance"} for name in names]
    assert shown(capsys, *entries, mode="person", width=80)[-4:] == [
        "! data at risk:",
        *(f"    {name}" for name in names),
    ]


def test_a_log_has_one_record_on_each_line_and_no_cut(capsys: Capture) -> None:
    entry = resource("update", "aws_sns_topic.a", before={"p": "x" * 900}, after={"p": "y" * 900})
    lines = shown(capsys, entry, *wide())
    assert max(map(len, lines)) > 1800
    assert all(re.match(r" {0,2}\S{1,3} \S|      \S|! ", line) for line in lines)


@given(st.lists(st.text("ab c", max_size=30), max_size=12), st.integers(10, 60))
@examples(80)
def test_wrapping_keeps_every_part_whole_and_in_order(parts: list[str], width: int) -> None:
    lines = plan_values.wrapped(parts, width=width)
    assert "".join("".join(lines).split()) == "".join("".join(parts).split())
    for line in lines:
        assert len(line) <= width or line.strip() in [part.strip() for part in parts]


def test_a_new_output_shows_its_values(capsys: Capture) -> None:
    changes = {
        "endpoints": {"actions": ["create"], "before": None, "after": {"api": {"url": "u"}}, "after_unknown": False},
        "url": {"actions": ["create"], "before": None, "after_unknown": True},
    }
    assert shown(capsys, output_changes=changes) == [
        "  + output.endpoints",
        '      api.url: "u"',
        "  + output.url: (known after apply)",
    ]


def test_on_a_screen_every_block_has_its_own_line(capsys: Capture) -> None:
    rules = [{"protocol": "tcp", "from_port": port, "cidr_blocks": [f"10.{port}.0.0/16"]} for port in range(8)]
    entry = resource("create", "aws_security_group.web", after={"name": "web", "ingress": rules})
    lines = shown(capsys, entry, mode="person", width=80)
    assert lines[1:4] == [
        '      name: "web"',
        '      ingress:  protocol: "tcp"  from_port: 0  cidr_blocks: ["10.0.0.0/16"]',
        '      ingress:  protocol: "tcp"  from_port: 1  cidr_blocks: ["10.1.0.0/16"]',
    ]
    assert len(lines) == 10


def test_on_a_screen_every_statement_is_shown_to_its_end(capsys: Capture) -> None:
    statements = [{"Effect": "Allow", "Action": [f"s3:Action{n}" for n in range(9)], "Resource": "arn:the-last-word"}]
    entry = resource("create", "aws_iam_policy.p", after={"name": "p", "policy": json.dumps({"Statement": statements})})
    lines = shown(capsys, entry, mode="person", width=80)
    assert lines[-1].endswith("arn:the-last-word") and not any("..." in line for line in lines)


@pytest.mark.parametrize(("mode", "line"), [("person", "      c: 40 elements in another order"), ("plain", None)])
def test_a_long_list_in_another_order_is_not_hidden_by_the_cut(capsys: Capture, mode: Mode, line: str | None) -> None:
    before = [f"10.0.{number}.0/24" for number in range(40)]
    entry = resource("update", before={"c": before}, after={"c": [*before[:-2], before[-1], before[-2]]})
    (shown_line,) = shown(capsys, entry, mode=mode)[1:]
    assert shown_line == line if line else before[-1] in shown_line


@pytest.mark.parametrize("before", range(0, 200, 7))
@pytest.mark.parametrize("action", ["create", "update"])
def test_a_secret_is_hidden_before_its_text_is_cut_or_wrapped(capsys: Capture, before: int, action: str) -> None:
    secret = "correct horse battery staple and more of it"
    sides = {"before": {"title": "old", "description": "x"}} if action == "update" else {}
    text = "y " * before + secret
    entry = resource(
        action, "aws_sns_topic.orders", **sides, after={"title": text, "description": text, "list": [text]}
    )
    printer = Printer(mode="person", colour=False, masker=Masker([secret]), width=60)
    told = {"actions": ["create"], "after": text, "after_sensitive": False}
    read = plans.read(plan(entry, output_changes={"o": told}))
    plan_summary.show(read, title="T", headline="H", changes=True, drift=False, printer=printer, full=False)
    shown = capsys.readouterr().out
    assert not [word for word in secret.split() if len(word) > 4 and word in shown]
