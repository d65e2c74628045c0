"""The runbooks, typed into a shell as they stand there, on a prod in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.e2e import documents, product, runbook_world
from tests.e2e.product import Product
from tests.e2e.runbook_world import RUNBOOKS, Typed, typed_in, written
from tests.integration.test_atlantis_server_check import serving

from slack_emulator import server as slack_server

ALARMS = sorted(row["alarm"] for row in documents.tables("../modules/alarms/README.md")["Good to know / alarm"])


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with runbook_world.prod_applied(tmp_path_factory.mktemp("runbooks") / "prod", tmp_path_factory) as lent:
        yield lent


@pytest.fixture
def typed(prod: Product) -> Iterator[Typed]:
    with runbook_world.typing(prod) as type_:
        yield type_


def test_atlantis_down_md(typed: Typed) -> None:
    page = "atlantis-down.md"
    with serving() as server:
        assert "fail" not in typed(page, "It worked when", server=server.url)
    assert "no answer" in typed(page, "Look", 0, code=4, server=server.url)
    assert "ok  lock  free" in typed(page, "Look", 1)


def test_atlantis_lock_md(typed: Typed) -> None:
    assert "ok  lock  free" in typed("atlantis-lock.md", "Look")


def test_leaked_token_md(prod: Product, typed: Typed) -> None:
    """Before those that apply branches: main is what is applied."""
    page = "leaked-token.md"
    assert typed(page, "Look") == ""
    prod.git("switch", "-q", "-c", "leak")
    (prod.root / "notes.txt").write_text("ghp_" + "a1" * 18)
    prod.commit("my notes")
    assert "my notes" in typed(page, "Look")
    prod.git("switch", "-q", "main")
    prod.git("branch", "-q", "-D", "leak")
    with serving() as server:
        assert "No changes" in typed(page, "It worked when", server=server.url)


def test_config_rollback_md(prod: Product, typed: Typed) -> None:
    page = "config-rollback.md"
    values = prod.root / "infra" / "envs" / "prod" / "prod.tfvars"
    text = values.read_text()
    assert "desired_count      = 4" in text
    values.write_text(text.replace("desired_count      = 4", "desired_count      = 2"))
    prod.commit("too few")
    prod.git("push", "-q", "origin", "main")
    for verb in ("plan", "apply"):
        prod.ok(verb, "--env", "prod", "--sandbox")
    assert "desired_count      = 4" in typed(page, "Look")
    assert "desired_count: 2 -> 4" in typed(page, "Propose it")
    assert "removed" in typed(page, "Back out", 0)
    assert "prod is healthy" in typed(page, "Apply it at once")
    assert "No changes" in typed(page, "It worked when")
    assert "desired_count: 4 -> 2" in typed(page, "Back out", 1)


@pytest.mark.parametrize("name", sorted(path.name for path in RUNBOOKS.glob("*.md")))
def test_every_runbook_is_typed_by_a_test(name: str) -> None:
    pages = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert f'"{name}"' in pages


def test_gate_cannot_run_md(typed: Typed) -> None:
    page = "gate-cannot-run.md"
    assert "conftest" in typed(page, "Look")
    assert "verdict: allow" in typed(page, "It worked when")


def test_slack_silent_md(prod: Product) -> None:
    """Typed without the sandbox's flag, which `notify` does not have; with channels, and against the emulator of Slack."""
    page, settings = "slack-silent.md", prod.root / "infra" / "environments.yaml"
    before = settings.read_text()
    settings.write_text(f"{before}slack: {{critical: '#fileflow-alerts', warning: '#fileflow-drift'}}\n")
    try:
        with slack_server.serving() as slack:
            variables = slack_server.bot_environment(slack)
            exports = "".join(f"export {name}={value}\n" for name, value in variables.items())
            for heading in ("Look", "It worked when"):
                said = typed_in(prod, exports + written(page, heading).replace("./inv", str(product.SCRIPT)))
                assert "a test message was sent into #fileflow-drift (warning)" in said
        assert [message.channel for message in slack.messages] == ["C0WARNING", "C0CRITICAL", "C0WARNING"]
    finally:
        settings.write_text(before)


def test_cost_approval_md(typed: Typed) -> None:
    said = typed("cost-approval.md", "Look")
    assert "USD a month, +0.00 USD a month (+0.00%)" in said
    assert "prices: price book (ap-northeast-2" in said
    assert "verdict: allow" in said


@pytest.mark.parametrize("alarm", ALARMS)
def test_alarms_md_says_where_to_look(prod: Product, typed: Typed, alarm: str) -> None:
    with ringing(prod, f"fileflow-prod-{alarm}"):
        assert f"fail  alarm  fileflow-prod-{alarm}  ALARM" in typed("alarms.md", alarm, code=8)


def test_alarms_md(prod: Product, typed: Typed) -> None:
    page = "alarms.md"
    assert "ok  lock  free" in typed(page, "First")
    typed(page, "Change a value", 0)
    prod.git("switch", "-q", "mend-prod")
    values = prod.root / "infra" / "envs" / "prod" / "prod.tfvars"
    values.write_text(re.sub(r"(desired_count +=) \d+", r"\1 9", values.read_text()))  # other pages have changed it
    assert re.search(r"desired_count: \d+ -> 9", typed(page, "Change a value", 1))
    assert "prod is healthy" in typed(page, "No message in Slack")
    assert "prod is healthy" in typed(page, "It worked when")
    typed(page, "Back out")
    assert "mend-prod" not in prod.git("ls-remote", "origin") + prod.git("branch")


def test_tag_missing_md(prod: Product, typed: Typed) -> None:
    page = "tag-missing.md"
    balancing = prod.administrator("elbv2", product.PROD)
    (balancer,) = balancing.describe_load_balancers(Names=["fileflow-prod"])["LoadBalancers"]
    balancing.remove_tags(ResourceArns=[balancer["LoadBalancerArn"]], TagKeys=["owner"])
    assert "missing  module.alb.aws_lb.this  acme  prod  fileflow  1.2  -" in typed(page, "Look", 0, code=8)
    assert 'owner: "team-fileflow"' in typed(page, "Look", 1)
    assert "Apply complete!" in typed(page, "Do")
    assert "prod: 31 of 31 resources have their tags" in typed(page, "It worked when")


@contextmanager
def ringing(prod: Product, alarm: str) -> Iterator[None]:
    cloudwatch = prod.administrator("cloudwatch", product.PROD)
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    yield
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="a test")


def test_policy_exception_md(prod: Product, typed: Typed) -> None:
    """The last: its change stays in the main branch, and cannot be planned."""
    page = "policy-exception.md"
    code = 'output "company_ca" {\n  value = file("/etc/ssl/company-ca.pem")\n}\n'
    (prod.root / "infra" / "envs" / "prod" / "company_ca.tf").write_text(code)
    prod.commit("the company's certificate")
    prod.git("push", "-q", "origin", "main")
    assert "[code/function-path, high, code]" in typed(page, "Look", code=8)
    assert "- **Last day:**" in typed(page, "Ask for it")
    prod.git("push", "-q", "origin", "waiver-company-ca:main")
    assert "waived: infra/envs/prod/company_ca.tf:2" in typed(page, "It worked when")
    typed(page, "Back out")
    assert prod.run("check", "--env", "prod", "--sandbox").code == 8
