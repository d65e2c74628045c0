"""apply on a small Stack: only what was planned, one at a time, and nothing lost whatever comes between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.e2e import product
from tests.e2e.product import (
    APPLY,
    DEV,
    PLAN,
    Done,
    Product,
    ended,
    interrupt,
    log,
    planned,
    slow,
    stored,
    until,
    write,
)

from infragate.adapters.local import clock, own_folder
from infragate.adapters.tools import tool_store


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product.checkout(tmp_path_factory.mktemp("apply") / "small", small=stored("one")) as made:
        made.ok("sandbox-up")
        yield made


@pytest.fixture
def small(shared: Product) -> Iterator[Product]:
    """The shared checkout; whatever a test wrote into it is gone afterwards, what it applied stays."""
    yield from product.restored(shared)


# ---- what an apply leaves ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Story:
    """Made, changed, applied again, planned again: each run is looked at by tests of its own."""

    made: Done
    changed: Done
    commit: str
    again: Done
    planned: Done


@pytest.fixture(scope="module")
def story(shared: Product) -> Story:
    planned(shared, stored("one"), stored("two"))
    made = shared.ok(*APPLY)
    planned(shared, stored("one", 3), stored("two"))
    changed = shared.ok(*APPLY, "--json")
    again = shared.run(*APPLY)
    empty = shared.run(*PLAN, "--detailed-exitcode", "--json")
    return Story(made, changed, shared.git("rev-parse", "HEAD"), again, empty)


def test_progress_counts_and_names_what_is_done(story: Story) -> None:
    assert "created terraform_data.two" in story.made.err
    assert "[2/2]" in story.made.err


def test_an_apply_says_what_it_did(story: Story) -> None:
    found = story.changed.document["result"]
    assert found["done"] == ["terraform_data.one"]
    assert found["summary"]["change"] == 1
    assert found["serial_after"] == found["serial_before"] + 1


def test_the_state_of_before_is_kept(small: Product, story: Story) -> None:
    found = story.changed.document["result"]
    assert json.loads(small.object(found["snapshot"]))["serial"] == found["serial_before"]


def test_a_record_says_who_did_what(small: Product, story: Story) -> None:
    found = story.changed.document["result"]
    record = json.loads(small.object(found["record"]))
    assert (record["outcome"], record["actor"]) == ("succeeded", "alice")
    assert (record["commit"], record["plan_sha256"]) == (story.commit, found["plan_sha256"])


def test_a_plan_is_applied_once(story: Story) -> None:
    assert story.again.code == 7, story.again.err
    assert "infragate plan --env dev" in story.again.error[2]


def test_a_second_plan_is_empty(story: Story) -> None:
    assert story.planned.code == 0, story.planned.out
    assert story.planned.document["status"] == "ok"


def test_a_number_is_shown_with_all_of_terraforms_digits(small: Product) -> None:
    write(small, stored("one"), 'output "ratio" { value = 0.12345678901234567890123 }')
    done = small.ok(*PLAN, "--json")
    assert done.document["result"]["outputs"][0]["name"] == "ratio"
    assert '"after": 0.12345678901234567890123' in done.out


def test_a_plan_file_elsewhere_is_applied_from_there(small: Product, tmp_path: Path) -> None:
    write(small, stored("one", 5))
    small.ok(*PLAN, "--out", str(tmp_path / "a plan"), "--show", str(tmp_path / "shown.json"))
    assert json.loads((tmp_path / "shown.json").read_text())["format_version"]
    small.ok(*APPLY, "--plan", str(tmp_path / "a plan"))


# ---- one at a time -----------------------------------------------------------------------------------------------


def test_of_two_applies_at_once_one_proceeds_and_the_other_names_the_holder(small: Product) -> None:
    planned(small, stored("one", 7), slow(6, "terraform_data.one", "two_at_once"))
    first = small.start(*APPLY, INFRAGATE_ACTOR="first")
    until(lambda: (small.plans / "turn.txt").exists())
    second = small.run(*APPLY, INFRAGATE_ACTOR="second")
    assert second.code == 6, second.err
    assert "first" in second.error[0]
    assert ended(first).code == 0
    assert small.lock_items() == []


def test_of_two_applies_from_two_checkouts_one_proceeds_and_the_other_names_the_holder(
    small: Product, tmp_path: Path
) -> None:
    planned(small, stored("one", 14), slow(8, "terraform_data.one", "colleagues"))
    other = colleague(small, tmp_path)
    first = small.start(*APPLY)
    until(small.lock_items)
    second = other.run(*APPLY)
    assert second.code == 6, second.err
    holder, lock_id = second.error[0], second.error[2]
    assert "@" in holder
    assert "OperationTypeApply" in holder
    assert "force-unlock" in lock_id
    end = ended(first)
    assert end.code == 0, end.err + second.err + small.emulator_errors()
    assert small.lock_items() == []


def colleague(small: Product, folder: Path) -> Product:
    """A second checkout of the same repository that uses the same cloud."""
    other = Product(folder / "colleague", small.home, small.extra)
    shutil.copytree(small.root, other.root, ignore=shutil.ignore_patterns("sandbox"))
    ours, theirs = own_folder.path(small.root) / "sandbox", own_folder.path(other.root) / "sandbox"
    theirs.mkdir(parents=True)
    for path in ours.iterdir():
        if path.name != "dev":
            (theirs / path.name).symlink_to(path)
    other.ok(*PLAN)
    return other


def test_a_held_lock_is_named_with_holder_age_and_id_before_anything_is_written(small: Product) -> None:
    planned(small, stored("one", 30))
    before = small.record_keys()
    with held_lock(small):
        found = small.run(*APPLY)
        plan = small.ok(*PLAN)
    assert found.code == 6, found.err
    assert "kim@laptop" in found.error[0]
    assert "5 min" in found.error[0]
    assert "11111111-2222" in found.error[0] + found.error[2]
    assert small.record_keys() == before
    assert "kim@laptop" in plan.err + plan.out


class held_lock:  # noqa: N801 - reads as a word
    """Somebody else's lock, worded as Terraform words it."""

    def __init__(self, small: Product) -> None:
        self.client = small.administrator("dynamodb")
        self.table = small.project.state.lock_table
        self.key = {"LockID": {"S": f"{small.project.state.bucket}/{small.dev.state_key}"}}

    def __enter__(self) -> None:
        info = {
            "ID": "11111111-2222-3333-4444-555555555555",
            "Operation": "OperationTypeApply",
            "Info": "",
            "Who": "kim@laptop",
            "Version": "1.11.4",
            "Created": (clock.now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.123456789Z"),
            "Path": self.key["LockID"]["S"],
        }
        self.client.put_item(TableName=self.table, Item={**self.key, "Info": {"S": json.dumps(info)}})

    def __exit__(self, *_: object) -> None:
        self.client.delete_item(TableName=self.table, Key=self.key)


def test_the_plan_role_cannot_apply_creates_nothing_and_leaves_no_lock(small: Product) -> None:
    planned(small, stored("one", 545), log("by_plan_role"))
    terraform = str(tool_store.program("terraform", small.root).path)
    command = (terraform, "-chdir=infra/envs/dev", "apply", "-no-color", str(small.plans / "plan.tfplan"))
    settings = {
        "TF_DATA_DIR": str(small.plans / "plan" / "terraform"),
        "TF_CLI_CONFIG_FILE": str(small.plans / "terraform.tfrc"),
    }
    done = small.run("assume", "--env", "dev", "--sandbox", "--purpose", "plan", "--", *command, **settings)
    assert done.code == 1
    assert "Error acquiring the state lock" in done.err
    assert "AccessDenied" in done.err
    assert small.lock_items() == []
    assert "aws_cloudwatch_log_group.by_plan_role" not in small.addresses()
    groups = small.administrator("logs", DEV).describe_log_groups(logGroupNamePrefix="/ecs/fileflow-dev-by")
    assert groups["logGroups"] == []


# ---- interruptions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_loses_nothing_and_the_next_apply_completes(
    small: Product, number: int, code: int
) -> None:
    name = f"signal{number}"
    planned(small, stored(name), slow(30, f"terraform_data.{name}", f"slow_{name}"), late(name))
    running = small.start(*APPLY)
    until(lambda: f"terraform_data.{name}" in transcript(small))
    done = interrupt(running, number)
    assert done.code == code, done.err
    assert done.error[2].startswith("fix: infragate plan --env dev --sandbox")
    assert small.lock_items() == []
    assert f"terraform_data.{name}" in small.addresses()
    assert f"terraform_data.late_{name}" not in small.addresses()
    assert small.last_record()["outcome"] == "interrupted"
    write(small, stored(name), slow(0, f"terraform_data.{name}", f"slow_{name}"), late(name))
    planned(small)
    small.ok(*APPLY)
    assert {f"terraform_data.late_{name}", f"terraform_data.slow_{name}"} <= small.addresses()


def late(name: str) -> str:
    """HCL of something that comes after the slow thing."""
    return stored(f"late_{name}", after=f"terraform_data.slow_{name}")


def transcript(small: Product) -> str:
    """What Terraform has said up to now of things that are finished."""
    path = small.plans / "apply.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return "".join(line for line in lines if '"apply_complete"' in line)


def test_a_terraform_that_is_killed_is_told_with_the_signal_the_lock_and_the_way_out(small: Product) -> None:
    planned(small, stored("one", 120), slow(60, "terraform_data.one", "killed"))
    running = small.start(*APPLY)
    until(small.lock_items)
    os.kill(terraform_of(running), signal.SIGKILL)
    done = ended(running)
    left = small.lock_items()
    free_lock(small)
    assert done.code == 4, done.err
    assert "terraform apply was killed by SIGKILL" in done.error[0]
    assert "the state may still be locked" in done.error[0]
    assert done.error[2].startswith("fix: infragate doctor --env dev --sandbox shows the lock; then docs/operations.md")
    assert len(left) == 1
    assert small.last_record()["outcome"] == "failed"


def terraform_of(running: subprocess.Popen[str]) -> int:
    """The process id of the Terraform that a verb has started."""
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    return next(int(pid) for pid in children if Path(f"/proc/{pid}/comm").read_text().strip() == "terraform")


def free_lock(small: Product) -> None:
    key = {"LockID": {"S": f"{small.project.state.bucket}/{small.dev.state_key}"}}
    small.administrator("dynamodb").delete_item(TableName=small.project.state.lock_table, Key=key)


def test_an_apply_whose_caller_goes_away_ends_its_work(small: Product) -> None:
    planned(small, stored("one", 60), slow(3, "terraform_data.one", "left_alone"))
    running = small.start(*APPLY)
    until(small.lock_items)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    running.stderr.close()
    assert running.wait(60) in (0, 1)
    assert small.lock_items() == []
    assert "terraform_data.left_alone" in small.addresses()
    assert small.last_record()["outcome"] == "succeeded"


def test_an_apply_that_is_killed_leaves_a_terraform_that_ends_its_work(small: Product) -> None:
    planned(small, stored("one", 90), slow(4, "terraform_data.one", "orphan"))
    running = small.start(*APPLY)
    until(small.lock_items)
    running.kill()
    running.communicate()
    until(lambda: small.lock_items() == [])
    assert "terraform_data.orphan" in small.addresses()
    record = small.record_keys()[-1]
    assert json.loads(small.object(record))["outcome"] == "running"
    planned(small, stored("one", 91), slow(0, "terraform_data.one", "orphan"))
    small.ok(*APPLY)
    completed = json.loads(small.object(record))
    assert (completed["outcome"], "terraform_data.orphan" in completed["done"]) == ("succeeded", True)


# ---- a state that could not be saved -----------------------------------------------------------------------------


@contextmanager
def unwritable_bucket(small: Product) -> Iterator[None]:
    """The state role of applies may not write for a while."""
    role, name = small.dev.state_role_arn("apply").rpartition("/")[2], "no-writing"
    statement = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = small.administrator("iam")
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=name)


@pytest.fixture(scope="module")
def unsaved(shared: Product) -> Done:
    """An apply that lost the right to write in the middle."""
    planned(shared, stored("one", 60), slow(3, "terraform_data.one", "unsaved"))
    running = shared.start(*APPLY)
    until(shared.lock_items)
    with unwritable_bucket(shared):
        return ended(running)


@pytest.fixture
def left(small: Product, unsaved: Done) -> Path:
    """What that apply left; the file of later tests is as it was."""
    path = small.stack / "errored.tfstate"
    if not path.exists():
        path.write_text("{}")
    return path


def test_a_state_that_could_not_be_saved_is_kept_for_its_owner_alone(left: Path, unsaved: Done) -> None:
    assert unsaved.code == 5, unsaved.err
    assert "terraform_data" in left.read_text()
    assert left.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("verb", [PLAN, APPLY], ids=["plan", "apply"])
def test_nothing_is_planned_or_applied_while_a_state_is_not_saved(
    small: Product, left: Path, verb: tuple[str, ...]
) -> None:
    done = small.run(*verb)
    assert done.code == 7, done.err
    assert done.error[1:] == [f"where: {left.relative_to(small.root)}", "fix: docs/state-backend.md, 'errored.tfstate'"]


def test_the_doctor_names_a_state_that_is_not_saved(small: Product, left: Path) -> None:
    done = small.run("doctor", "--sandbox", "--json")
    found = {check["name"]: check for check in done.document["result"]["checks"]}
    assert (done.code, found["errored.tfstate"]["status"]) == (4, "fail")
    assert str(left.relative_to(small.root)) in found["errored.tfstate"]["message"]


def test_a_failed_apply_is_recorded_and_frees_the_lock(small: Product) -> None:
    planned(small, stored("one"), log("refused").replace("/ecs/fileflow-dev-refused", "/stranger"))
    done = small.run(*APPLY)
    assert done.code == 5, done.err
    assert "stranger" in done.error[0]
    assert small.lock_items() == []
    record = small.last_record()
    assert record["outcome"] == "failed"
    assert record["errors"]
