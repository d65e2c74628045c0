"""`sandbox-up --scenario` in a clean clone, and the rollback that a person types there."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e import product, terminal
from tests.e2e.product import SCRIPT, Product
from tests.e2e.runbook_world import equip, typed_in, written

from infragate.adapters.local import own_folder

ROLLBACK = ("rollback", "--env", "prod", "--to", "v0.6.1")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A clone whose practice world was made once; its cache holds the copy."""
    with product.checkout(tmp_path_factory.mktemp("practice") / "clone") as made:
        made.ok("sandbox-up", "--scenario", "rollback")
        yield made


@pytest.fixture
def practice(clone: Product) -> Iterator[Product]:
    """Lent on `main`, as a person leaves it."""
    clone.git("checkout", "-q", "--force", "main")
    yield clone
    clone.git("checkout", "-q", "--force", "main")


def scenario(clone: Product, name: str) -> dict[str, object]:
    result = clone.ok("sandbox-up", "--scenario", name, "--json").document["result"]
    assert result["changed"]
    world: dict[str, object] = result["practice"]
    return world


def test_a_person_goes_back_in_a_minute_or_two(practice: Product) -> None:
    before = time.monotonic()
    world = scenario(practice, "rollback")
    assert world["from_copy"], "the copy of the first practice is used"
    assert time.monotonic() - before < 40
    began = time.monotonic()
    code, screen = terminal.run(
        [str(SCRIPT), *ROLLBACK],
        cwd=practice.root,
        env=practice.environment(INFRAGATE_SANDBOX="1", TERM="xterm"),
        answers=[("Why this rollback", "INC-42: errors since v0.7.0"), ("Type prod to apply", "prod")],
    )
    took = time.monotonic() - began
    assert code == 0, screen
    pins, question, healthy = (screen.index(words) for words in ("moves back:", "Type prod", "prod is healthy"))
    assert pins < question < healthy
    assert "INC-42" in practice.git("log", "-1", "--format=%B", "rollback/prod-v0.6.1")
    assert took < 120, f"{took:.0f} s"  # 37 s alone; six tests run side by side here


def test_enter_only_proposes(practice: Product) -> None:
    scenario(practice, "rollback")
    code, screen = terminal.run(
        [str(SCRIPT), *ROLLBACK, "--sandbox"],
        cwd=practice.root,
        env=practice.environment(TERM="xterm"),
        answers=[("Why this rollback", "INC-42"), ("Type prod to apply", "")],
    )
    assert (code, "prod is healthy" in screen) == (0, False), screen
    assert "text of the pull request" in screen


def test_drift_a_lock_and_an_unsaved_state_are_there_to_practise(practice: Product) -> None:
    assert scenario(practice, "drift")["environments"] == ["dev", "stg", "prod"]
    assert scenario(practice, "locked")["environments"] == ["prod"], "what another practice left is nobody's"
    assert "practice@sandbox" in practice.run("doctor", "--env", "prod", "--sandbox").out
    scenario(practice, "errored-state")
    done = practice.run("plan", "--env", "prod", "--sandbox")
    assert (done.code, "errored.tfstate" in done.err) == (7, True), done.err


def test_drift_found_md(tmp_path: Path) -> None:
    """In the page's own practice world: a copy of the one above, as all checkouts of a user share theirs."""
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


def test_uncommitted_work_and_an_own_sandbox_are_not_touched(practice: Product) -> None:
    path = practice.root / "infra" / "envs" / "dev" / "main.tf"
    text = path.read_text() + "# mine\n"
    path.write_text(text)
    done = practice.run("sandbox-up", "--scenario", "rollback")
    assert (done.code, path.read_text()) == (3, text)
    assert "git stash" in done.error[2]
    practice.git("checkout", "-q", "--", ".")
    mark = own_folder.path(practice.root) / "sandbox" / "practice.json"
    shutil.move(mark, practice.home / "mark")
    done = practice.run("sandbox-up", "--scenario", "rollback")
    assert (done.code, "sandbox-down --wipe" in done.error[2]) == (3, True), done.err
    shutil.move(practice.home / "mark", mark)
