"""The page of the gate: what it holds, what it may not hold, and its size. A browser looks at it in tests/browser."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

from tests.unit import gate_results
from tests.unit.gate_sinks import Page
from tests.unit.plan_documents import plan, resource

from infragate.report import html


def page(**more: object) -> str:
    return html.page(gate_results.view(**more))  # type: ignore[arg-type]


def texts(held: str) -> str:
    return " ".join(" ".join(Page(held).texts).split())


def test_the_content_policy_allows_this_script_and_this_style_only() -> None:
    held = page()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', held)
    parts = dict(part.strip().split(" ", 1) for part in policy.replace("&#39;", "'").split(";"))
    assert parts.pop("default-src") == parts.pop("base-uri") == parts.pop("form-action") == "'none'"
    for name, tag in (("script-src", "script"), ("style-src", "style")):
        ((content),) = re.findall(f"<{tag}>(.*?)</{tag}>", held, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert parts.pop(name) == f"'sha256-{digest}'"
    assert parts == {}


def test_nothing_is_loaded_and_nothing_is_inline_but_script_and_style() -> None:
    held = Page(page())
    attributes = {name for _, *names in held.tags for name in names}
    assert not {name for name in attributes if name.startswith("on") or name in ("src", "style", "srcset", "action")}
    assert not {tag for tag, *_ in held.tags} & {"link", "img", "iframe", "object", "embed", "base", "form"}
    assert all(link.startswith(("https://", "#")) for link in held.links)


def test_it_says_what_was_decided_over_what_and_what_to_do() -> None:
    told = texts(page())
    for words in (
        "Gate: dev",
        "block",
        "infra/envs/dev",
        "0123456789abcdef",
        "kim: is the author",
        "make infracost run",
    ):
        assert words in told


def test_it_shows_moves_replacements_and_redacted_fields() -> None:
    told = texts(page())
    assert "was aws_lb.main" in told
    assert "forces replacement" in told
    assert "(sensitive value)" in told
    assert "password-1" not in told


def test_a_change_is_below_its_modules() -> None:
    addresses = ['module.a.module.b["x.y[0]"].aws_s3_bucket.c', "aws_s3_bucket.d", "module.a.aws_s3_bucket.e"]
    view = gate_results.view(document=plan(*(resource("create", address) for address in addresses)))
    root = html.tree(view["changes"])
    inner = root.folders["module.a"]
    assert [name for name, _ in root.changes] == ["aws_s3_bucket.d"]
    assert [name for name, _ in inner.changes] == ["aws_s3_bucket.e"]
    assert [name for name, _ in inner.folders['module.b["x.y[0]"]'].changes] == ["aws_s3_bucket.c"]


def test_the_chart_has_two_bars_for_each_resource_and_a_table_with_the_numbers() -> None:
    held = page()
    assert held.count("<rect") == 2 * len(gate_results.COST.resources)
    assert "24.82" in texts(held)
    assert "aws_msk_cluster.events: no price in ap-northeast-2" in texts(held)


def test_a_link_that_is_not_of_the_web_is_only_text() -> None:
    odd = html.page(gate_results.view(replace(gate_results.OPEN_PORT, link="javascript:alert(1)")))
    assert "javascript:alert(1)" in texts(odd)
    assert Page(odd).links == ["#findings"]


def test_five_thousand_findings_and_fifty_thousand_changes_are_below_twenty_megabytes() -> None:
    findings = [
        replace(gate_results.OPEN_PORT, address=f"module.m{n}.aws_x.y[{n}]", line=n, message="m" * 400)
        for n in range(1, 5001)
    ]
    document = plan(
        *(resource("create", f"module.m{n % 50}.aws_x.y[{n}]", after={"a": "v" * 60}) for n in range(50_000))
    )
    view = gate_results.view(*findings, document=document)
    held = html.page(view)
    assert len(held.encode()) < 20_000_000
    assert f"{view['findings_left']} more findings are left out here" in held or view["findings_left"] == 0
    assert f"{view['changes_left']} more changes are left out here" in held
    assert view["changes_left"] == 48_000
