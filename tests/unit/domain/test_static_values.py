"""Generated path expressions: one that can lead out is never taken for one that stays inside."""

from __future__ import annotations

import json
import os
import posixpath
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tests.unit.examples import examples
from tests.unit.judged_code import STACK, judged

Expression = tuple[str, frozenset[str]]  # HCL, and all strings that it can be
PARTS = [
    "x.json",
    "sub/y.json",
    "..",
    "../..",
    "../../../../../../../etc/passwd",
    "/etc/passwd",
    "~",
    ".",
    "",
    "a b",
    "é",
]


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("${", "$${")


def base(path: str) -> str:
    return (path.rstrip("/").rpartition("/")[2] or "/") if path else "."


def joined(parts: list[Expression]) -> Expression:
    """A template of several expressions."""
    values = frozenset([""])
    for _, more in parts:
        values = frozenset(a + b for a in values for b in more)
    return '"' + "".join(f"${{{text}}}" for text, _ in parts) + '"', values


def over_list(items: list[Expression]) -> Expression:
    """Each item of a list, in turn."""
    text = f"[for i, f in [{', '.join(text for text, _ in items)}] : f][0]"
    return text, frozenset().union(*(values for _, values in items))


def expressions(module: str) -> st.SearchStrategy[Expression]:
    plain = st.sampled_from(PARTS).map(lambda part: (quoted(part), frozenset([part])))
    own = st.just(('"${path.module}/"', frozenset([module + "/"])))

    def more(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        return st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(joined),
            st.tuples(inner, inner).map(lambda pair: (f"var.c ? {pair[0][0]} : {pair[1][0]}", pair[0][1] | pair[1][1])),
            st.tuples(inner, inner).map(
                lambda pair: (f'{{ a = {pair[0][0]}, "b" = {pair[1][0]} }}.a', frozenset(pair[0][1] | pair[1][1]))
            ),
            st.lists(inner, min_size=1, max_size=3).map(over_list),
            inner.map(lambda one: (f"basename({one[0]})", frozenset(map(base, one[1])))),
            inner.map(lambda one: (f"({one[0]})", one[1])),
            inner.map(lambda one: (f"try({one[0]})", one[1])),
        )

    return st.recursive(st.one_of(plain, own), more, max_leaves=6)


def leads_out(value: str, stack: Path) -> bool:
    """True if Terraform would open a place outside of the checkout."""
    if value.startswith("~"):
        return True
    places = [
        os.path.realpath(posixpath.join(stack, value)),
        os.path.realpath(posixpath.normpath(posixpath.join(stack, value))),
    ]
    return not all(Path(place).is_relative_to(stack.parents[2]) for place in places)


@examples(200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_path_that_can_lead_out_is_always_refused(tmp_path: Path, data: st.DataObject) -> None:
    stack = tmp_path / STACK
    text, values = data.draw(expressions(str(stack)))
    findings = judged(
        tmp_path, {"a.tf": f"locals {{\n  p = {text}\n  a = file(local.p)\n}}\n", "x.json": "{}", "sub/y.json": "{}"}
    )
    if any(leads_out(value, stack) for value in values):
        assert findings


@pytest.mark.parametrize(
    "text",
    [
        "locals {\n  a = [for x in local.a : x]\n  b = file(local.a[0])\n}\n",
        "locals {\n  a = { for k, v in local.a : k => v }\n  b = file(local.a.x)\n}\n",
        'locals {\n  a = "${local.b}"\n  b = "${local.a}"\n  c = file(local.a)\n}\n',
        "locals {\n  a = merge(local.a, local.a)\n  b = file(local.a.x)\n}\n",
        "locals {\n  a = file(" + "(" * 150 + '"x"' + ")" * 150 + ")\n  b = file(local.c)\n}\n",
    ],
)
def test_circles_and_depth_end_with_a_finding(tmp_path: Path, text: str) -> None:
    assert [finding.id for finding in judged(tmp_path, {"a.tf": text})] == ["code/function-path"]
