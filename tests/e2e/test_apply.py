"""apply on a small Stack: only what was planned, one at a time, and nothing lost whatever comes between."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.e2e import product
from tests.e2e.product import Done, Product, ended, interrupt, slow, topic, until

from infragate.adapters import clock

pytestmark = pytest.mark.xdist_group("apply")
APPLY = ("apply", "--env", "dev", "--sandbox")
PLAN = ("plan", "--env", "dev", "--sandbox")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product.checkout(tmp_path_factory.mktemp("apply") / "small", small=topic("one")) as made:
        made.ok("sandbox-up")
        yield made


@pytest.fixture
def small(shared: Product) -> Iterator[Product]:
    """The shared checkout; whatever a test wrote into it is gone afterwards, what it applied stays."""
    yield shared
    shared.git("reset", "-q", "--hard")
    shared.git("clean", "-q", "-fd")
    (shared.stack / "errored.tfstate").unlink(missing_ok=True)


def write(product_: Product, *parts: str) -> None:
    product.make_small(product_, "".join(parts))
    product_.commit()


def planned(product_: Product, *parts: str) -> None:
    if parts:
        write(product_, *parts)
    product_.ok(*PLAN)


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
    planned(shared, topic("one"), topic("two"))
    made = shared.ok(*APPLY)
    planned(shared, topic("one", "changed"), topic("two"))
    changed = shared.ok(*APPLY, "--json")
    again = shared.run(*APPLY)
    empty = shared.run(*PLAN, "--detailed-exitcode", "--json")
    return Story(made, changed, shared.git("rev-parse", "HEAD"), again, empty)


def test_progress_counts_and_names_what_is_done(story: Story) -> None:
    assert "created aws_sns_topic.two" in story.made.err
    assert "[2/2]" in story.made.err


def test_an_apply_says_what_it_did(story: Story) -> None:
    found = story.changed.document["result"]
    assert found["done"] == ["aws_sns_topic.one"]
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
    assert "inv plan --env dev" in story.again.error[2]


def test_a_second_plan_is_empty(story: Story) -> None:
    assert story.planned.code == 0, story.planned.out
    assert story.planned.document["status"] == "ok"


def test_a_plan_file_elsewhere_is_applied_from_there(small: Product, tmp_path: Path) -> None:
    write(small, topic("one", "elsewhere"))
    small.ok(*PLAN, "--out", str(tmp_path / "a plan"), "--show", str(tmp_path / "shown.json"))
    assert json.loads((tmp_path / "shown.json").read_text())["format_version"]
    small.ok(*APPLY, "--plan", str(tmp_path / "a plan"))


# ---- one at a time -----------------------------------------------------------------------------------------------


def test_of_two_applies_at_once_one_proceeds_and_the_other_names_the_holder(small: Product) -> None:
    planned(small, topic("one", "two at once"), slow(6, "aws_sns_topic.one", "two_at_once"))
    first = small.start(*APPLY, INFRAGATE_ACTOR="first")
    until(lambda: (small.plans / "apply" / "turn.txt").exists())
    second = small.run(*APPLY, INFRAGATE_ACTOR="second")
    assert second.code == 6, second.err
    assert "first" in second.error[0]
    assert ended(first).code == 0
    assert small.lock_items() == []


def test_of_two_applies_from_two_checkouts_one_proceeds_and_the_other_names_the_holder(
    small: Product, tmp_path: Path
) -> None:
    planned(small, topic("one", "from two checkouts"), slow(8, "aws_sns_topic.one", "colleagues"))
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
    ours, theirs = small.root / ".infragate" / "sandbox", other.root / ".infragate" / "sandbox"
    theirs.mkdir(parents=True)
    for path in ours.iterdir():
        if path.name != "dev":
            (theirs / path.name).symlink_to(path)
    other.ok(*PLAN)
    return other


def test_a_held_lock_is_named_with_holder_age_and_id_before_anything_is_written(small: Product) -> None:
    planned(small, topic("one", "held lock"))
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


# ---- interruptions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_loses_nothing_and_the_next_apply_completes(
    small: Product, number: int, code: int
) -> None:
    name = f"signal{number}"
    planned(small, topic(name), slow(30, f"aws_sns_topic.{name}", name), late(name))
    running = small.start(*APPLY)
    until(lambda: f"aws_sns_topic.{name}" in transcript(small))
    done = interrupt(running, number)
    assert done.code == code, done.err
    assert done.error[2].startswith("fix: inv plan --env dev --sandbox")
    assert small.lock_items() == []
    assert f"aws_sns_topic.{name}" in small.addresses()
    assert f"aws_sns_topic.late_{name}" not in small.addresses()
    assert small.last_record()["outcome"] == "interrupted"
    write(small, topic(name), slow(0, f"aws_sns_topic.{name}", name), late(name))
    planned(small)
    small.ok(*APPLY)
    assert {f"aws_sns_topic.late_{name}", f"terraform_data.{name}"} <= small.addresses()


def late(name: str) -> str:
    """HCL of a topic that comes after the slow thing."""
    return topic(f"late_{name}").replace("{\n", f"{{\n  depends_on = [terraform_data.{name}]\n", 1)


def transcript(small: Product) -> str:
    """What Terraform has said up to now of things that are finished."""
    path = small.plans / "apply" / "apply.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return "".join(line for line in lines if '"apply_complete"' in line)


def test_an_apply_whose_caller_goes_away_ends_its_work(small: Product) -> None:
    planned(small, topic("one", "caller goes away"), slow(3, "aws_sns_topic.one", "left_alone"))
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
    planned(small, topic("one", "killed"), slow(4, "aws_sns_topic.one", "orphan"))
    running = small.start(*APPLY)
    until(small.lock_items)
    running.kill()
    running.communicate()
    until(lambda: small.lock_items() == [])
    assert "terraform_data.orphan" in small.addresses()
    assert small.last_record()["outcome"] == "running"


def test_a_failed_apply_is_recorded_and_frees_the_lock(small: Product) -> None:
    planned(small, topic("one"), topic("refused").replace("fileflow-dev-refused", "stranger"))
    done = small.run(*APPLY)
    assert done.code == 5, done.err
    assert "stranger" in done.error[0]
    assert small.lock_items() == []
    record = small.last_record()
    assert record["outcome"] == "failed"
    assert record["errors"]


# ---- what was planned, or nothing --------------------------------------------------------------------------------


def tampered_plan(small: Product) -> None:
    plan = small.plans / "plan.tfplan"
    content = bytearray(plan.read_bytes())
    content[len(content) // 2] ^= 1
    plan.write_bytes(bytes(content))


def another_json(small: Product) -> None:
    path = small.plans / "plan.tfplan.json"
    path.write_text(path.read_text().replace("to be spoiled", "something else"))


def manifest_of_another_account(small: Product) -> None:
    edit_manifest(small, account_id="333333333333")


def old_plan(small: Product) -> None:
    edit_manifest(small, created=(clock.now() - timedelta(hours=25)).isoformat(timespec="seconds"))


def edit_manifest(small: Product, **fields: str) -> None:
    path = small.plans / "plan.tfplan.manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def broken_manifest(small: Product) -> None:
    (small.plans / "plan.tfplan.manifest.json").write_text('{"schema_version": 1')


def changed_values(small: Product) -> None:
    with (small.stack / "dev.tfvars").open("a") as file:
        file.write("# another byte\n")


def changed_code(small: Product) -> None:
    with (small.stack / "main.tf").open("a") as file:
        file.write("# another byte\n")


def new_file(small: Product) -> None:
    (small.stack / "zz_extra.auto.tfvars").write_text('region = "us-east-1"\n')


def changed_mode(small: Product) -> None:
    (small.stack / "main.tf").chmod(0o755)


def changed_provider_lock(small: Product) -> None:
    with (small.stack / ".terraform.lock.hcl").open("a") as file:
        file.write("# another byte\n")


def changed_environments(small: Product) -> None:
    with (small.root / "infra" / "environments.yaml").open("a") as file:
        file.write("# another byte\n")


def new_commit(small: Product) -> None:
    small.commit("somebody else's")


def errored_state(small: Product) -> None:
    (small.stack / "errored.tfstate").write_text("{}")


SPOILERS = [
    tampered_plan,
    another_json,
    manifest_of_another_account,
    old_plan,
    broken_manifest,
    changed_values,
    changed_code,
    new_file,
    changed_mode,
    changed_provider_lock,
    changed_environments,
    new_commit,
    errored_state,
]


@pytest.fixture(scope="module")
def good_plan(shared: Product, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan that could be applied, kept aside: nothing is applied while it is spoiled in many ways."""
    planned(shared, topic("one", "to be spoiled"))
    kept = tmp_path_factory.mktemp("good")
    for path in shared.plans.glob("plan.tfplan*"):
        shutil.copy(path, kept)
    (kept / "commit").write_text(shared.git("rev-parse", "HEAD"))
    return kept


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: spoil.__name__)
def test_what_is_not_what_was_planned_is_not_applied(
    small: Product, good_plan: Path, spoil: Callable[[Product], None]
) -> None:
    small.git("reset", "-q", "--hard", (good_plan / "commit").read_text())
    for path in good_plan.glob("plan.tfplan*"):
        shutil.copy(path, small.plans)
    before = small.record_keys()
    spoil(small)
    done = small.run(*APPLY)
    assert done.code == 7, done.err
    assert len(done.error) == 3
    assert small.record_keys() == before
    assert small.lock_items() == []


def test_a_plan_made_before_another_apply_is_refused(small: Product, tmp_path: Path) -> None:
    write(small, topic("one", "two plans"))
    small.ok(*PLAN, "--out", str(tmp_path / "first"))
    small.ok(*PLAN)
    small.ok(*APPLY)
    late = small.run(*APPLY, "--plan", str(tmp_path / "first"))
    assert late.code == 7, late.err
    assert "serial" in late.error[0]


def test_without_a_plan_there_is_nothing_to_apply(small: Product) -> None:
    for path in small.plans.glob("plan.tfplan*"):
        path.unlink()
    done = small.run(*APPLY)
    assert done.code == 3, done.err
    assert done.error[2] == "fix: inv plan --env dev --sandbox"


def test_a_plan_that_fails_leaves_no_older_plan_to_apply(small: Product) -> None:
    planned(small, topic("one", "older"))
    write(small, 'resource "aws_sns_topic" "broken" {\n  nonsense = 1\n}\n')
    assert small.run(*PLAN).code == 3
    assert small.run(*APPLY).code == 3


def test_private_files_are_private(small: Product) -> None:
    planned(small, topic("one", "private"))
    modes = {path.name: path.stat().st_mode & 0o077 for path in small.plans.glob("plan.tfplan*")}
    assert set(modes.values()) == {0}
    assert list((small.plans / "runs").iterdir()) == []
    assert (small.root / ".infragate").stat().st_mode & 0o077 == 0
