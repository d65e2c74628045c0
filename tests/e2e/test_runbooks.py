"""The runbooks, typed into a shell as they stand there, on a prod in the sandbox."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.e2e import applied, documents, product, terminal
from tests.e2e.product import Product
from tests.integration.test_atlantis_server_check import serving

from slack_emulator import server as slack_server

RUNBOOKS = product.ROOT / "runbooks"
SERVER = "https://atlantis.acme.example"  # in the pages
ALARMS = sorted(row["alarm"] for row in documents.tables("../modules/alarms/README.md")["Good to know / alarm"])
Typed = Callable[..., str]


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with applied.copy(tmp_path_factory.mktemp("runbooks") / "prod", tmp_path_factory) as lent:
        equip(lent, "--sandbox")
        yield lent


def equip(checkout: Product, *flags: str) -> None:
    """Give a checkout the wrapper, which adds flags, and an origin."""
    inv = checkout.root / "inv"
    inv.write_text(f'#!/bin/sh\nexec "{product.SCRIPT}" "$@" {" ".join(flags)}\n')
    inv.chmod(0o755)
    origin = checkout.root.parent / "origin.git"
    checkout.git("clone", "--quiet", "--bare", ".", str(origin))
    checkout.git("remote", "add", "origin", str(origin))
    checkout.git("fetch", "--quiet", "origin")
    checkout.git("branch", "--quiet", "--set-upstream-to=origin/main", "main")


@pytest.fixture
def typed(prod: Product) -> Iterator[Typed]:
    """Types the blocks below a heading of a page; what they print."""

    def type_(page: str, heading: str, *blocks: int, code: int = 0, server: str = SERVER) -> str:
        text = written(page, heading, *blocks).replace(SERVER, server)
        argv = ["bash", "-euo", "pipefail", "-c", text]
        if "--apply" in text:  # a person confirms
            code, screen = terminal.run(argv, cwd=prod.root, env=at_terminal(prod), answers=[("Type prod", "prod")])
            assert code == 0, screen + prod.emulator_errors()
            return screen
        return typed_in(prod, text, code=code)

    yield type_
    prod.git("reset", "-q", "--hard")
    prod.git("switch", "-q", "main")


def written(page: str, heading: str, *blocks: int) -> str:
    """The blocks below a heading of a page; all of them if none is named."""
    chosen = documents.recipes(page, heading, folder=RUNBOOKS)
    return "\n".join(chosen[number] for number in blocks or range(len(chosen)))


def typed_in(checkout: Product, text: str, *, code: int = 0) -> str:
    """What commands print that are typed where nobody can answer."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=checkout.root,
        env=checkout.environment(),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == code, done.stdout + done.stderr + checkout.emulator_errors()
    return done.stdout


def at_terminal(prod: Product) -> dict[str, str]:
    """Without colours and pagers."""
    return prod.environment(TERM="dumb", NO_COLOR="1", GIT_PAGER="cat", COLUMNS="160")


def database(prod: Product) -> str:
    return str(prod.administrator("rds", product.PROD).describe_db_instances()["DBInstances"][0]["DbiResourceId"])


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


def test_rollback_md(prod: Product, typed: Typed) -> None:
    before, page = database(prod), "rollback.md"
    assert "ok  lock  free" in typed(page, "Look")
    assert "commit " in typed(page, "Propose it")
    assert "is aborted and its branch rollback/prod-v0.6.1 removed" in typed(page, "Back out", 0)
    assert "prod is healthy" in typed(page, "Apply it at once")
    assert "No changes" in typed(page, "It worked when")
    assert prod.git("ls-remote", "origin", "rollback/prod-v0.6.1")
    forward = typed(page, "Back out", 1)
    assert "was module.rds.aws_db_instance.this" in forward
    assert "prod is healthy" in forward
    assert database(prod) == before


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


def test_module_downgrade_md(prod: Product, typed: Typed) -> None:
    page = "module-downgrade.md"
    assert "would write: infra/envs/prod/main.tf, infra/envs/prod/module_moves.tf" in typed(page, "Look")
    assert "+  to   = module.rds.aws_db_instance.this" in typed(page, "Do", 0)
    typed(page, "Back out", 0)
    assert prod.git("status", "--porcelain") == ""
    prod.git("switch", "-q", "main")
    prod.git("branch", "-q", "-D", "rds-v0.6.1")
    typed(page, "Do")
    assert "No changes" in typed(page, "It worked when")
    back = typed(page, "Back out", 1)
    assert "-  to   = module.rds.aws_db_instance.this" in back


@pytest.mark.parametrize("name", sorted(path.name for path in RUNBOOKS.glob("*.md")))
def test_every_runbook_is_typed_by_a_test(name: str) -> None:
    assert f'"{name}"' in Path(__file__).read_text()


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
                assert "a test message is sent into #fileflow-drift (warning)" in said
        assert [message.channel for message in slack.messages] == ["C0WARNING", "C0CRITICAL", "C0WARNING"]
    finally:
        settings.write_text(before)


def test_cost_approval_md(typed: Typed) -> None:
    said = typed("cost-approval.md", "Look")
    assert "USD a month, +0.00 USD a month (+0.00%)" in said
    assert "prices: price book (ap-northeast-2" in said
    assert "verdict: allow" in said


def test_new_environment_md(tmp_path: Path) -> None:
    """In a checkout of its own, whose sandbox is in use before the Environment gets its place in the middle."""
    page = "new-environment.md"
    with product.checkout(tmp_path / "new", extra={"INFRAGATE_SANDBOX": "1"}) as checkout:
        for name in ("atlantis.yaml", "docs/roles.md", "workflows/atlantis/repos.yaml"):
            (checkout.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(product.ROOT / name, checkout.root / name)
        for setting, value in (("user.name", "kim"), ("user.email", "kim@example.com")):
            checkout.git("config", setting, value)
        with (checkout.root / ".gitignore").open("a") as ignored:
            ignored.write("/inv\n")
        checkout.commit("what render writes")
        equip(checkout)
        assert "dev, stg, prod" in typed_in(checkout, written(page, "Look"))
        add_entry(checkout.root / "infra" / "environments.yaml", page)
        assert "written  atlantis.yaml" in typed_in(checkout, written(page, "Name it"))
        merge(checkout, "qa-account")
        roles = typed_in(checkout, written(page, "Make its roles", 0, 2))  # block 1 only shows the same
        assert "qa (444444444444): done" in roles
        assert "no state yet" in roles
        stack = typed_in(checkout, written(page, "Give it a Stack"))
        assert "infra/envs/qa  allow" in stack
        assert 'key            = "fileflow/qa/terraform.tfstate"' in stack
        merge(checkout, "qa-stack")
        plan = typed_in(checkout, written(page, "It worked when"))
        assert "role fileflow-qa-plan" in plan
        assert "Plan: 34 to add, 0 to change, 0 to destroy." in plan


def add_entry(settings: Path, page: str) -> None:
    """Write the page's new Environment where the page says."""
    (entry,) = re.findall(r"```yaml\n(.*?)```", (RUNBOOKS / page).read_text(), flags=re.DOTALL)
    text = settings.read_text()
    assert text.count("  prod:\n") == 1
    settings.write_text(text.replace("  prod:\n", f"{entry}  prod:\n"))


def merge(checkout: Product, branch: str) -> None:
    """What GitHub does with a pull request in the end."""
    checkout.git("push", "-q", "origin", f"{branch}:main")


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


def test_drift_found_md(tmp_path: Path) -> None:
    """In the page's own practice world."""
    page = "drift-found.md"
    with product.checkout(tmp_path / "drift", extra={"INFRAGATE_SANDBOX": "1"}) as checkout:
        with (checkout.root / ".gitignore").open("a") as ignored:
            ignored.write("/inv\n")
        checkout.commit("the wrapper is not tracked")
        equip(checkout)
        assert "dev, stg, prod are applied" in typed_in(checkout, written(page, "Drift was found"))
        seen = typed_in(checkout, written(page, "Look"))
        assert "CRITICAL unowned (security): module.sg_db.aws_security_group.this" in seen
        assert "backup_retention_period: 1 -> 35" in seen
        proposed = typed_in(checkout, written(page, "Propose what settles it"))
        assert "remove it: aws ec2 revoke-security-group-ingress" in proposed
        assert "on branch drift-fix/prod" in proposed
        checkout.git("config", "user.email", "kim@example.com")
        accepted = typed_in(checkout, written(page, "Accept it for a while"))
        assert "waived by kim@example.com: module.rds.aws_db_instance.primary: backup_retention_period" in accepted
        checkout.git("restore", "policy/waivers.yaml")
        assert "Apply complete!" in typed_in(checkout, written(page, "Take it back"))
        left = typed_in(checkout, written(page, "It worked when"), code=2)
        assert ("module.sg_db" in left, "backup_retention_period" in left) == (True, False)
        remove_rule(checkout)
        assert "clean" in typed_in(checkout, written(page, "It worked when"))


def remove_rule(checkout: Product) -> None:
    """The command of the page for a rule of a security group."""
    ec2 = checkout.administrator("ec2", product.PROD)
    rules = ec2.describe_security_group_rules()["SecurityGroupRules"]
    (opened,) = (rule for rule in rules if rule.get("CidrIpv4") == "0.0.0.0/0" and rule["FromPort"] == 5432)
    ec2.revoke_security_group_ingress(GroupId=opened["GroupId"], SecurityGroupRuleIds=[opened["SecurityGroupRuleId"]])


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
