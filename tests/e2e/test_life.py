"""FileFlow's dev by its least-privilege roles: made, looked at, changed in many places, found settled, moved back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e import applied, product
from tests.e2e.product import APPLY, DEV, PLAN, Done, Product

SMOKE = ("smoke", "--env", "dev", "--sandbox")
CHANGES = (
    ('service_version = "1.2"', 'service_version = "1.3"'),  # a tag of everything
    ("cpu                = 256", "cpu                = 512"),
    ("memory             = 512", "memory             = 1024"),
    ("desired_count      = 2", "desired_count      = 3"),
    ('health_check_path  = "/health"', 'health_check_path  = "/healthz"'),
    ("log_retention_days = 30", "log_retention_days = 60"),
    ('LOG_LEVEL = "debug"', 'LOG_LEVEL = "info"'),
    ("backup_retention_days = 7", "backup_retention_days = 14"),
    ('{ value = "500" }', '{ value = "750" }'),
    ("rds_connections = 80", "rds_connections = 60"),
    ('"ELBSecurityPolicy-TLS13-1-2-2021-06"', '"ELBSecurityPolicy-TLS13-1-3-2021-06"'),
)


@dataclass(frozen=True, slots=True)
class Life:
    """What each step came to."""

    made: str
    lonely: Done
    healthy: Done
    on_call: Done
    planned: Done
    changed: Done
    settled: Done
    back: Done
    returned: Done
    taken: Done
    moved: Done


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    with applied.copy(tmp_path_factory.mktemp("life") / "dev", tmp_path_factory) as checkout:
        healthy = checkout.run(*SMOKE, "--json")
        remove_targets(checkout)
        lonely = checkout.run(*SMOKE, "--json")
        checkout.cloud().after_apply(DEV, checkout.project.region)
        on_call = checkout.run(*SMOKE, *product.EMERGENCY)
        change(checkout)
        planned = checkout.ok(*PLAN, "--json")
        changed = checkout.run(*APPLY)
        settled = checkout.run(*PLAN, "--json", "--detailed-exitcode")
        pin_rds(checkout, applied.OLDER)
        back = checkout.run(*PLAN, "--json")
        notes = follow_upgrade_notes(checkout)
        returned = checkout.run(*PLAN, "--json")
        checkout.ok(*APPLY)
        checkout.git("revert", "--no-edit", notes)
        pin_rds(checkout, applied.NEWEST)
        taken = checkout.run(*PLAN, "--json")
        moved = checkout.run(*APPLY)
        made = applied.first_apply(tmp_path_factory, "dev")
        yield Life(made, lonely, healthy, on_call, planned, changed, settled, back, returned, taken, moved)


def change(checkout: Product) -> None:
    path = checkout.stack / "dev.tfvars"
    text = path.read_text()
    for old, new in CHANGES:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text)
    checkout.commit("change what can be changed")


def remove_targets(checkout: Product) -> None:
    balancing = checkout.administrator("elbv2", DEV)
    for group in balancing.describe_target_groups()["TargetGroups"]:
        found = balancing.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        targets = [one["Target"] for one in found]
        balancing.deregister_targets(TargetGroupArn=group["TargetGroupArn"], Targets=targets)


def pin_rds(checkout: Product, tag: str) -> None:
    applied.pin(checkout.stack / "main.tf", tag, "rds")
    checkout.ok("modules-lock", "--sandbox")
    checkout.commit(f"rds at {tag}")


def follow_upgrade_notes(checkout: Product) -> str:
    """Put what `modules/UPGRADE.md` says of the way back from v0.7.0 into the Stack; the commit."""
    notes = (checkout.root / "modules" / "UPGRADE.md").read_text().partition("## v0.6.1")[0]
    (block,) = re.findall(r"```hcl\n(.*?)```", notes, flags=re.DOTALL)
    with (checkout.stack / "main.tf").open("a") as stack:
        stack.write(f"\n{block}")
    return checkout.commit("the way back")


def test_the_apply_role_makes_all_of_dev(life: Life) -> None:
    found = re.search(r"Resources: (\d+) added, 0 changed, 0 destroyed", life.made)
    assert found is not None
    assert int(found.group(1)) > 30


def test_a_service_without_targets_is_not_healthy(life: Life) -> None:
    assert life.lonely.code == 8, life.lonely.err
    assert life.lonely.document["status"] == "blocked"
    failed = [check["name"] for check in life.lonely.document["result"]["checks"] if check["status"] == "fail"]
    assert failed == ["targets"]


def test_a_service_with_targets_is_healthy(life: Life) -> None:
    assert life.healthy.code == 0, life.healthy.out
    names = {check["name"] for check in life.healthy.document["result"]["checks"]}
    assert {"ecs", "targets", "rds", "rds-reach", "alarm"} <= names


def test_an_engineer_on_call_can_ask_for_its_health(life: Life) -> None:
    assert life.on_call.code == 0, life.on_call.err + life.on_call.out


def test_a_change_is_shown_field_by_field(life: Life) -> None:
    changes = {change["address"]: change for change in life.planned.document["result"]["changes"]}
    fields = {
        field["path"]: (field["before"], field["after"])
        for field in changes["module.rds.aws_db_instance.primary"]["fields"]
    }
    assert fields["backup_retention_period"] == (7, 14)


def test_what_holds_data_is_changed_in_place(life: Life) -> None:
    result = life.planned.document["result"]
    stateful = [change["actions"] for change in result["changes"] if change["stateful"]]
    assert stateful
    assert {"delete"} & {action for actions in stateful for action in actions} == set()


def test_no_secret_is_in_what_is_printed(life: Life) -> None:
    plan = Path(life.planned.document["result"]["plan_json"]).parent
    assert plan.name == "dev"
    text = life.planned.out + life.settled.out + life.made
    assert "BEGIN" not in text
    assert not re.search(r"\bASIA[0-9A-Z]{12,}\b", text)


def test_the_apply_role_changes_all_of_it(life: Life) -> None:
    assert life.changed.code == 0, life.changed.err


def test_the_next_plan_is_empty(life: Life) -> None:
    assert life.settled.code == 0, json.dumps(life.settled.document["result"]["changes"], indent=1)


def test_a_release_that_moves_the_database_changes_nothing_else(life: Life) -> None:
    summary = life.taken.document["result"]["summary"]
    assert (summary["move"], summary["change"], summary["destroy"], summary["replace"]) == (1, 0, 0, 0)
    assert life.moved.code == 0, life.moved.err


def test_going_back_over_the_move_would_lose_the_database(life: Life) -> None:
    changes = {change["address"]: change["actions"] for change in life.back.document["result"]["changes"]}
    assert changes["module.rds.aws_db_instance.primary"] == ["delete"]
    assert changes["module.rds.aws_db_instance.this"] == ["create"]


def test_the_way_back_of_the_upgrade_notes_keeps_it(life: Life) -> None:
    summary = life.returned.document["result"]["summary"]
    assert (summary["move"], summary["destroy"], summary["replace"], summary["add"]) == (1, 0, 0, 0)
