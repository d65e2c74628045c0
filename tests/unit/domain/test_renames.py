"""Objects that a rename would destroy, and the `moved` blocks that keep them; what is noise in a replacement."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.plan_documents import plan, resource

from infragate.domain import plan as plans
from infragate.domain.field_groups import grouped
from infragate.domain.plan_fields import UNKNOWN, Field

QUEUE = {"name": "jobs", "message_retention_seconds": 600, "fifo_queue": False}


def moves(*resources: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(rename.source, rename.target, rename.objects) for rename in plans.read(plan(*resources)).renames]


def entry(action: str, address: str, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    kind = address.rpartition(".")[0].rpartition(".")[2]
    side = {"before": values} if action == "delete" else {"after": values}
    return {**resource(action, address, **side, **more), "type": kind}


def swapped(old: str, new: str, values: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """A plan that destroys the old address and creates the new one."""
    values = QUEUE if values is None else values
    unknown = {"after_unknown": {"arn": True}}
    return [entry("delete", old, {**values, "arn": "x"}), entry("create", new, values, **unknown)]


@pytest.mark.parametrize(
    ("old", "new", "source", "target"),
    [
        ("aws_sqs_queue.old", "aws_sqs_queue.new", "aws_sqs_queue.old", "aws_sqs_queue.new"),
        ("module.old.aws_sqs_queue.q", "module.new.aws_sqs_queue.q", "module.old", "module.new"),
        (
            "module.a.module.b.aws_sqs_queue.q",
            "module.a.module.c.aws_sqs_queue.q",
            "module.a.module.b",
            "module.a.module.c",
        ),
        ("aws_sqs_queue.q[0]", 'aws_sqs_queue.q["jobs"]', "aws_sqs_queue.q[0]", 'aws_sqs_queue.q["jobs"]'),
        ("aws_sqs_queue.q", "aws_sqs_queue.q[0]", "aws_sqs_queue.q", "aws_sqs_queue.q[0]"),
        ("aws_sqs_queue.old[0]", "aws_sqs_queue.new[0]", "aws_sqs_queue.old", "aws_sqs_queue.new"),
        ("aws_sqs_queue.q", "module.m.aws_sqs_queue.q", "aws_sqs_queue.q", "module.m.aws_sqs_queue.q"),
        ("module.m.aws_sqs_queue.q", "aws_sqs_queue.q", "module.m.aws_sqs_queue.q", "aws_sqs_queue.q"),
        ('module.m["a.b[0]"].aws_sqs_queue.q', "module.m[0].aws_sqs_queue.q", 'module.m["a.b[0]"]', "module.m[0]"),
    ],
)
def test_a_rename_has_the_shortest_moved_block(old: str, new: str, source: str, target: str) -> None:
    assert moves(*swapped(old, new)) == [(source, target, 1)]


def test_a_renamed_module_call_is_one_block_for_all_its_objects() -> None:
    resources = [
        change
        for name in ("a", "b", "c")
        for change in swapped(
            f"module.old.aws_sqs_queue.{name}", f"module.new.aws_sqs_queue.{name}", {**QUEUE, "name": name}
        )
    ]
    assert moves(*resources) == [("module.old", "module.new", 3)]


def test_a_module_that_stays_in_use_is_not_moved_as_a_whole() -> None:
    old, new = "module.one.aws_sqs_queue.q", "module.two.aws_sqs_queue.q"
    staying = {**resource("no-op", "module.one.aws_sqs_queue.other"), "type": "aws_sqs_queue"}
    assert moves(*swapped(old, new), staying) == [(old, new, 1)]


def test_from_count_to_for_each_each_object_goes_to_its_like() -> None:
    resources = [
        *swapped("aws_sqs_queue.q[0]", 'aws_sqs_queue.q["b"]', {**QUEUE, "name": "b"}),
        *swapped("aws_sqs_queue.q[1]", 'aws_sqs_queue.q["a"]', {**QUEUE, "name": "a"}),
    ]
    assert {(source, target) for source, target, _ in moves(*resources)} == {
        ("aws_sqs_queue.q[0]", 'aws_sqs_queue.q["b"]'),
        ("aws_sqs_queue.q[1]", 'aws_sqs_queue.q["a"]'),
    }


def test_another_object_is_no_rename() -> None:
    gone, new = entry("delete", "aws_sqs_queue.a", QUEUE), entry("create", "aws_sqs_queue.b", {**QUEUE, "name": "mail"})
    assert moves(gone, new) == []


def test_another_type_is_no_rename() -> None:
    assert moves(entry("delete", "aws_sqs_queue.a", QUEUE), entry("create", "aws_sns_topic.a", QUEUE)) == []


def test_a_deposed_object_was_not_renamed() -> None:
    gone = {**entry("delete", "aws_sqs_queue.a", QUEUE), "deposed": "abcdef01"}
    assert moves(gone, entry("create", "aws_sqs_queue.b", QUEUE)) == []


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        ("module.old.aws_sqs_queue.q{}", "module.new.aws_sqs_queue.q{}", {("module.old", "module.new", 300)}),
        (
            'module.old["{}"].aws_sqs_queue.q',
            'module.new["{}"].aws_sqs_queue.q',
            {("module.old", "module.new", 300)},
        ),
    ],
)
def test_many_objects_are_compared_in_bounded_time(old: str, new: str, moved: set[tuple[str, str, int]]) -> None:
    resources = [
        change
        for number in range(300)
        for change in swapped(old.format(number), new.format(number), {"name": str(number)})
    ]
    assert set(moves(*resources)) == moved


# Noise.


def group(before: Any, after: Any, *, replacing: bool = False, code: frozenset[str] | None = None) -> str | None:
    (field,) = grouped(
        (Field(path="a.b", before=before, after=after),), replacing=replacing, forcing=(), configured=code
    )
    return field.group


@pytest.mark.parametrize(
    ("before", "after", "replacing", "code", "expected"),
    [
        ("x", UNKNOWN, True, None, "computed"),
        ("x", UNKNOWN, True, frozenset({"a"}), None),
        ("x", UNKNOWN, False, frozenset({"a"}), None),
        ("x", UNKNOWN, False, frozenset(), "computed"),
        ("x", UNKNOWN, False, None, None),
        (None, UNKNOWN, False, None, "computed"),
        ("", None, True, None, "empty"),
        (0, None, True, None, "empty"),
        (False, None, True, None, "empty"),
        (0, None, False, None, None),
        (True, None, True, None, None),
        ("x", None, True, None, None),
        ({}, None, True, None, None),
        (None, 0, True, None, None),
    ],
)
def test_only_what_has_no_meaning_of_its_own_is_summed_up(
    before: Any, after: Any, replacing: bool, code: frozenset[str] | None, expected: str | None
) -> None:
    assert group(before, after, replacing=replacing, code=code) == expected


@pytest.mark.parametrize(
    ("path", "forcing", "forces"),
    [
        ("ami", "ami", True),
        ("ami_id", "ami", False),
        ("tags.a", "tags", True),
        ("rule[web].port", "rule[0].port", True),
        ("rule[0]", "rule", True),
        ("engine", "rule[0].port", False),
        ("a", "a.b", True),
    ],
)
def test_what_forces_a_replacement_is_marked_and_never_noise(path: str, forcing: str, forces: bool) -> None:
    (field,) = grouped((Field(path=path, before="", after=None),), replacing=True, forcing=(forcing,), configured=None)
    assert (field.forces, field.group) == (forces, None if forces else "empty")


def test_a_large_plan_with_one_rename_is_read_in_linear_time() -> None:
    staying = [
        {**resource("no-op", f"module.m{number}.aws_sqs_queue.q"), "type": "aws_sqs_queue"} for number in range(3000)
    ]
    swaps = [
        change
        for number in range(200)
        for change in swapped(
            f"module.old.aws_sqs_queue.q{number}", f"module.new.aws_sqs_queue.q{number}", {"name": str(number)}
        )
    ]
    assert moves(*swaps, *staying) == [("module.old", "module.new", 200)]


def test_a_module_that_is_split_has_a_block_for_each_object() -> None:
    other = {"name": "other", "message_retention_seconds": 60}
    split = [
        *swapped("module.a.aws_sqs_queue.q", "module.queue.aws_sqs_queue.q"),
        *swapped("module.a.aws_sqs_queue.t", "module.topic.aws_sqs_queue.t", other),
    ]
    assert sorted(moves(*split)) == [
        ("module.a.aws_sqs_queue.q", "module.queue.aws_sqs_queue.q", 1),
        ("module.a.aws_sqs_queue.t", "module.topic.aws_sqs_queue.t", 1),
    ]


def test_a_module_that_is_there_already_is_no_target() -> None:
    there = resource("no-op", "module.b.aws_sns_topic.x")
    pair = swapped("module.a.aws_sqs_queue.q", "module.b.aws_sqs_queue.q")
    assert moves(*pair, there) == [("module.a.aws_sqs_queue.q", "module.b.aws_sqs_queue.q", 1)]


def test_a_list_that_the_plan_knows_is_compared() -> None:
    old, new = swapped("aws_security_group_rule.a", "aws_security_group_rule.b", {"type": "ingress", "from_port": 443})
    old["change"]["before"]["cidr_blocks"] = ["10.0.0.0/8"]
    new["change"]["after"]["cidr_blocks"] = ["10.1.0.0/16"]
    new["change"]["after_unknown"]["cidr_blocks"] = [False]
    assert moves(old, new) == []
