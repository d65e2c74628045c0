"""A rollback of a small Stack: beside a lock, from a detached HEAD; interrupted at every stage, and how it goes on."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.e2e import module_git, product
from tests.e2e.module_git import BOX, NEWER_BOX, box, call
from tests.e2e.product import APPLY, PLAN, Done, Product

from infragate.adapters.local import own_folder

BACK = ("rollback", "--env", "dev", "--sandbox", "--to", "v1.0.0", "--reason", "it's down")
ABORT = ("rollback", "--env", "dev", "--sandbox", "--abort")
BRANCH = "rollback/dev-v1.0.0"
HOLDER = {"ID": "541c4367-d18f-b3de-fe36-c9f2eef57e4c", "Who": "root@atlantis", "Operation": "OperationTypeApply"}
AGAIN = """infragate rollback --env dev --to v1.0.0{} --reason 'it'"'"'s down' --sandbox"""
ALARM = """
resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name          = "fileflow-dev-cpu"
  namespace           = "AWS/ECS"
  metric_name         = "CPUUtilization"
  statistic           = "Average"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 80
  period              = 60
  evaluation_periods  = 1
}
"""
# The older release has something that takes its time, so that an apply can be met at work on a busy machine too.
SLOW = BOX + '\nresource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "sleep 15"\n  }\n}\n'
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("interrupted")
    with product.checkout(folder / "dev", small=call("v1.0.0", 'word = "a"', 'owner = "x"')) as made:
        for name in ("stg", "prod"):
            shutil.rmtree(made.root / "infra" / "envs" / name)
        for tag, text in (("v1.0.0", SLOW), ("v1.1.0", NEWER_BOX)):
            module_git.publish(made, folder, tag, box(text))
        made.ok("modules-lock", "--sandbox")
        made.commit("v1.0.0")
        made.ok("module-upgrade", "--env", "dev", "--to", "v1.1.0", "--sandbox")
        made.commit("v1.1.0")
        forward(made)
        yield made


def forward(dev: Product) -> None:
    """Apply what main says: v1.1.0."""
    dev.ok(*PLAN)
    dev.ok(*APPLY)


@pytest.fixture
def dev(made: Product) -> Iterator[Product]:
    """Lent: at v1.1.0 without a rollback afterwards."""
    yield made
    (own_folder.path(made.root) / "sandbox" / "dev" / "rollback.json").unlink(missing_ok=True)
    for branch in made.git("for-each-ref", "--format=%(refname:short)", "refs/heads/rollback").split():
        made.git("branch", "-q", "-D", branch)


def alarm(dev: Product, state: str) -> None:
    cloudwatch = dev.administrator("cloudwatch", product.DEV)
    cloudwatch.set_alarm_state(AlarmName="fileflow-dev-cpu", StateValue=state, StateReason="test")


def stopped(dev: Product, number: int, when: Callable[[str], bool], *flags: str) -> Done:
    """A rollback that gets a signal as soon as it has said something."""
    running = dev.start(*BACK, *flags)
    assert running.stderr is not None
    heard = ""
    while not when(heard):
        line = running.stderr.readline()
        assert line, heard
        heard += line
    running.send_signal(number)
    done = product.ended(running)
    return Done(done.code, done.out, heard + done.err)


def says(words: str) -> Callable[[str], bool]:
    return lambda heard: words in heard


def untouched(dev: Product) -> bool:
    branches = dev.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    return dev.git("status", "--porcelain") == "" and branches == ["main"]


def addresses(dev: Product) -> set[str]:
    return {entry["name"] for entry in dev.state()["resources"] if entry["type"] == "terraform_data"}


# What is proposed


def test_a_call_in_json_goes_back_as_well(dev: Product) -> None:
    tip, name = dev.git("rev-parse", "HEAD"), "infra/envs/dev/more.tf.json"
    source = "git::https://github.com/org/infra.git//modules/box?ref=v1.1.0"
    (dev.root / name).write_text(json.dumps({"module": {"more": {"source": source, "word": "b", "owner": "x"}}}))
    dev.ok("modules-lock", "--sandbox")
    dev.commit("a call in json")
    dev.ok(*BACK, "--module", "more")
    before, after = (dev.git("show", f"{at}:{name}") for at in ("main", f"{BRANCH}-more"))
    dev.ok(*ABORT)
    dev.git("reset", "-q", "--hard", tip)
    assert after == before.replace("v1.1.0", "v1.0.0")


def test_a_proposal_says_who_holds_the_lock(dev: Product) -> None:
    key = {"LockID": {"S": f"{dev.project.state.bucket}/{dev.dev.state_key}"}}
    table, dynamodb = dev.project.state.lock_table, dev.administrator("dynamodb")
    dynamodb.put_item(TableName=table, Item={**key, "Info": {"S": json.dumps(HOLDER)}})
    try:
        done = dev.ok(*BACK)
    finally:
        dynamodb.delete_item(TableName=table, Key=key)
    assert "the state is locked by root@atlantis" in done.err


def test_it_works_on_a_detached_head(dev: Product) -> None:
    dev.git("checkout", "-q", "--detach")
    done = dev.run(*BACK, "--module", "box")
    head = dev.git("rev-parse", "HEAD")
    dev.git("switch", "-q", "main")
    assert (done.code, head) == (0, dev.git("rev-parse", "main")), done.err
    assert f"{BRANCH}-box" in done.out


# Before anything is applied


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("1 pins to v1.0.0", signal.SIGINT),
        ("1 pins to v1.0.0", signal.SIGKILL),
        ("terraform plan", signal.SIGTERM),
    ],
)
def test_before_the_apply_nothing_is_left_and_it_can_be_undone(dev: Product, words: str, number: int) -> None:
    done = stopped(dev, number, says(words), "--apply")
    assert done.code == CODES[signal.Signals(number)], done.err
    assert untouched(dev)
    if number != signal.SIGKILL:
        message, _, fix = done.error
        assert "nothing was applied" in message
        assert (
            fix == f"fix: {AGAIN.format(' --apply')} to run it again, or infragate rollback --env dev --abort --sandbox"
        )
    dev.ok(*ABORT)
    assert untouched(dev)
    assert len(dev.git("worktree", "list", "--porcelain").split("\n\n")) == 1
    assert addresses(dev) == {"main"}


def test_what_was_killed_can_simply_be_run_again(dev: Product) -> None:
    assert stopped(dev, signal.SIGKILL, says("terraform plan")).code == -9
    again = dev.ok(*BACK)
    assert f"on branch {BRANCH}" in again.out
    aborted = dev.ok(*ABORT)
    assert f"its branch {BRANCH} removed" in aborted.out


def test_a_branch_that_a_person_has_worked_on_is_not_overwritten(dev: Product) -> None:
    dev.ok(*BACK)
    dev.git("switch", "-q", BRANCH)
    dev.commit("mine")
    dev.git("switch", "-q", "main")
    refused, aborted = dev.run(*BACK), dev.ok(*ABORT)
    assert refused.code == 3, refused.err
    assert f"branch {BRANCH} exists already" in refused.error[0]
    assert "removed" not in aborted.out
    assert dev.git("log", "-1", "--format=%s", BRANCH) == "mine"


# While it applies


def test_an_apply_that_was_interrupted_goes_on(dev: Product) -> None:
    done = during_apply(dev, signal.SIGINT)
    assert done.code == 130, done.err
    assert done.error[2] == f"fix: {AGAIN.format(' --apply')}"
    assert dev.lock_items() == []
    goes_on(dev)
    forward(dev)


def test_a_rollback_that_was_killed_goes_on_when_its_terraform_has_ended(dev: Product) -> None:
    done = during_apply(dev, signal.SIGKILL)
    assert done.code == -9
    busy = dev.run(*BACK, "--apply")
    assert busy.code == 6, busy.err  # its Terraform is at work in the draft
    product.until(lambda: not dev.lock_items())
    goes_on(dev)
    forward(dev)


def during_apply(dev: Product, number: int) -> Done:
    running = dev.start(*BACK, "--apply")
    product.until(lambda: running.poll() is not None or dev.lock_items())
    running.send_signal(number)
    return product.ended(running)


def goes_on(dev: Product) -> None:
    """It cannot be aborted, and the same command ends it."""
    aborted = dev.run(*ABORT)
    assert aborted.code == 8, aborted.err + aborted.out
    assert "has begun to apply" in aborted.error[0]
    assert AGAIN.format(" --apply") in aborted.error[2]
    again = dev.run(*BACK, "--apply")
    assert again.code == 0, again.err
    assert addresses(dev) == {"this", "slow"}
    assert dev.git("status", "--porcelain") == ""


# A state that could not be saved


def test_a_state_that_an_apply_could_not_save_outlives_the_draft(dev: Product) -> None:
    bucket, s3 = dev.project.state.bucket, dev.administrator("s3")
    key = dev.dev.state_key
    running = dev.start(*BACK, "--apply")
    product.until(lambda: running.poll() is not None or dev.lock_items())
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    deny: dict[str, Any] = {
        "Sid": "Outage",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/{key}",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({**policy, "Statement": [*policy["Statement"], deny]}))
    try:
        done = product.ended(running)
    finally:
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    left = dev.stack / "errored.tfstate"
    assert done.code == 5, done.err
    assert done.error[1] == "where: infra/envs/dev/errored.tfstate"
    assert "then infragate rollback --env dev" in done.error[2]
    assert {entry["name"] for entry in json.loads(left.read_text())["resources"]} >= {"this", "slow"}
    assert left.stat().st_mode & 0o077 == 0
    for words in (PLAN, BACK):
        assert dev.run(*words).code == 7
    left.unlink()


# While it asks for health; last, since it stays at v1.0.0


def test_what_was_applied_and_not_yet_looked_at_is_looked_at_again(dev: Product) -> None:
    watch(dev)
    alarm(dev, "ALARM")
    done = stopped(dev, signal.SIGTERM, says("checking health"), "--apply")
    assert done.code == 143, done.err
    assert "it has begun to apply" in done.error[0]
    alarm(dev, "OK")
    goes_on(dev)


def watch(dev: Product) -> None:
    """Give the Stack something of AWS whose health can be asked for; it stays for the rest of the file."""
    for name in product.PROVIDER_FILES:
        shutil.copy(product.ROOT / "infra" / "envs" / "dev" / name, dev.stack)
    product.leave_checksums_out(dev.stack)
    (dev.stack / "alarm.tf").write_text(ALARM)
    dev.commit("an alarm")
    forward(dev)
