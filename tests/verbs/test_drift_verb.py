"""`drift` over a recorded Terraform: side by side, what is skipped, what fails, how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests.e2e.product import Done
from tests.unit.plan_documents import plan, resource
from tests.verbs import fake_aws
from tests.verbs.fake_aws import Relay
from tests.verbs.world import World

from infragate.adapters.local import own_folder

GROUP = "aws_cloudwatch_log_group.this"
BY_HAND: dict[str, Any] = {
    "changes": True,
    "headline": "Plan: 0 to add, 1 to change, 0 to destroy.",
    "plan": plan(
        resource("update", GROUP, before={"retention_in_days": 1}, after={"retention_in_days": 30}),
        resource_drift=[resource("update", GROUP, before={"retention_in_days": 30}, after={"retention_in_days": 1})],
    ),
}
REFUSED = {"error": {"summary": "reading EC2 Subnets: UnauthorizedOperation: not authorized", "detail": ""}}


@pytest.fixture
def three(dev: World) -> World:
    """dev is applied; stg and prod are, for these tests, Stacks without a difference."""
    dev.order(stg="settled", prod="settled")
    return dev


def stacks(done: Done) -> dict[str, dict[str, Any]]:
    """The Stacks in the document, by Environment."""
    return {stack["environment"]: stack for stack in done.document["result"]["stacks"]}


def statuses(done: Done) -> dict[str, str]:
    return {name: stack["status"] for name, stack in stacks(done).items()}


def drift_folder(world: World) -> list[Path]:
    return list(own_folder.of(world.root).rglob("drift/*"))


def test_without_differences_every_stack_is_clean(three: World) -> None:
    done = three.run("drift", "--detailed-exitcode", "--json")
    assert (done.code, done.document["status"], done.document["environment"]) == (0, "ok", None)
    assert statuses(done) == {"dev": "clean", "prod": "clean", "stg": "clean"}
    assert len({stack["fingerprint"] for stack in stacks(done).values()}) == 1
    text = three.ok("drift").out
    assert [line.split()[:3] for line in text.splitlines()] == [
        [name, "clean", "none"] for name in ("dev", "prod", "stg")
    ]


def test_what_was_changed_by_hand_is_told_with_the_evidence(three: World) -> None:
    three.record("by-hand", "settled", **BY_HAND)
    three.order(stg="by-hand")
    done = three.run("drift", "--json")
    assert (done.code, done.document["status"]) == (0, "changes")
    [item] = stacks(done)["stg"]["items"]
    assert item == {
        "address": GROUP,
        "type": "aws_cloudwatch_log_group",
        "class": "out-of-band",
        "marks": [],
        "severity": "medium",
        "action": "update",
        "evidence": "changed outside of Terraform since the last apply",
        "reader": None,
        "waived_by": None,
        "fields": [{"path": "retention_in_days", "before": 1, "after": 30}],
    }
    assert statuses(done) == {"dev": "clean", "prod": "clean", "stg": "drift"}
    assert three.run("drift", "--detailed-exitcode").code == 2


def test_a_person_reads_what_differs_and_why(three: World) -> None:
    three.record("by-hand", "settled", **BY_HAND)
    three.order(dev="by-hand")
    done = three.ok("drift", "--env", "dev")
    assert done.out.splitlines()[:4] == [
        "# dev: infra/envs/dev",
        f"  MEDIUM out-of-band: {GROUP}",
        "      retention_in_days: 1 -> 30",
        "      changed outside of Terraform since the last apply",
    ]
    assert "next: infragate plan --env dev; docs/drift.md" in done.err


def test_what_waits_to_be_applied_names_the_last_apply_and_the_commits_since(dev: World) -> None:
    applied = dev.git("rev-parse", "HEAD")
    change = resource("update", GROUP, before={"retention_in_days": 30}, after={"retention_in_days": 60})
    dev.record("waiting", "settled", changes=True, headline="Plan: 1 to change", plan=plan(change))
    dev.order(dev="waiting")
    [item] = stacks(dev.run("drift", "--env", "dev", "--json"))["dev"]["items"]
    assert item["class"] == "not-applied"
    assert item["evidence"].endswith(f"was of commit {applied[:12]}: the same code was applied")
    dev.edit(dev.stack / "dev.tfvars", "log_retention_days = ", "log_retention_days = 1")
    dev.commit()
    (dev.root / "README.md").write_text("not of the Stack")
    dev.commit()
    done = dev.run("drift", "--env", "dev", "--json")
    [item] = stacks(done)["dev"]["items"]
    assert item["evidence"].endswith(f"was of commit {applied[:12]}; 1 commit since then touches this Stack")
    assert stacks(done)["dev"]["applied_commit"] == applied
    assert stacks(done)["dev"]["commit"] == dev.git("rev-parse", "HEAD")


def test_a_stack_that_fails_does_not_hide_the_others(three: World) -> None:
    three.record("by-hand", "settled", **BY_HAND)
    three.record("refused", "settled", **REFUSED)
    three.order(dev="by-hand", prod="refused")
    done = three.run("drift", "--detailed-exitcode", "--json")
    assert (done.code, done.document["status"]) == (5, "error")
    assert statuses(done) == {"dev": "drift", "prod": "error", "stg": "clean"}
    assert "not authorized" in stacks(done)["prod"]["error"]["message"]
    assert stacks(done)["prod"]["fingerprint"] is None
    assert done.document["error"]["message"].startswith("1 of 3 Stacks could not be looked at (prod): ")


def test_the_text_has_the_error_of_a_stack_whole_and_says_that_its_drift_is_unknown(three: World) -> None:
    three.record("refused", "settled", **REFUSED)
    three.order(prod="refused")
    done = three.run("drift")
    assert done.code == 5
    assert "not authorized" in done.error[0]
    assert "prod: error, its drift is not known" in done.out
    assert "dev  clean  none" in done.out


def test_a_bug_in_one_stack_is_an_error_with_its_report_and_hides_no_other(three: World) -> None:
    broken = {**BY_HAND["plan"], "prior_state": {"values": {"root_module": {"resources": ["no object"]}}}}
    three.record("broken", "settled", plan=broken)
    three.order(stg="broken")
    done = three.run("drift", "--json")
    assert (done.code, statuses(done)) == (1, {"dev": "clean", "prod": "clean", "stg": "error"})
    assert "Traceback" in Path(stacks(done)["stg"]["error"]["where"]).read_text()


def test_without_a_repository_only_the_commits_are_unknown(dev: World) -> None:
    change = resource("update", GROUP, before={"retention_in_days": 30}, after={"retention_in_days": 60})
    dev.record("waiting", "settled", changes=True, headline="Plan: 1 to change", plan=plan(change))
    dev.order(dev="waiting")
    dev.edit(dev.stack / "dev.tfvars", "log_retention_days = ", "log_retention_days = 1")
    hidden = dev.root.with_name("hidden")
    (dev.root / ".git").rename(hidden)
    try:
        [item] = stacks(dev.run("drift", "--env", "dev", "--json"))["dev"]["items"]
    finally:
        hidden.rename(dev.root / ".git")
    assert item["evidence"].endswith(", which this clone does not have")


@pytest.mark.parametrize(("codes", "worst"), [(("refused", "blocked"), 8), (("refused", "broken"), 5)])
def test_of_several_errors_the_worst_decides_the_exit_code(three: World, codes: tuple[str, str], worst: int) -> None:
    three.record("refused", "settled", **REFUSED)
    three.record("broken", "settled", error={"summary": "Unsupported argument", "detail": "no such argument"})
    three.order(dev=codes[0], stg="broken" if codes[1] == "broken" else "settled")
    if codes[1] == "blocked":
        provider = three.root / "infra" / "envs" / "stg" / "providers.tf"
        three.edit(provider, 'provider "aws" {', 'provider "aws" {\n  profile = "other"')
    assert three.run("drift").code == worst


def test_a_held_lock_is_skipped_and_never_called_clean(three: World) -> None:
    fake_aws.hold_lock()
    done = three.run("drift", "--detailed-exitcode", "--json")
    assert (done.code, done.document["status"], done.document["error"]["class"]) == (6, "error", "Locked")
    assert statuses(done) == {"dev": "skipped", "prod": "clean", "stg": "clean"}
    assert "the state is locked by root@atlantis" in stacks(done)["dev"]["reason"]
    assert stacks(done)["dev"]["fingerprint"] is None
    assert "dev: skipped, its drift is not known: the state is locked by root@atlantis" in three.run("drift").out


def test_an_apply_that_begins_during_the_plan_makes_it_unknown(dev: World) -> None:
    def read(relay: Relay, method: str, path: str, body: bytes) -> bytes | None:
        fake_aws.hold_lock("apply@elsewhere")
        return answer(relay, method, path, body)

    answer = Relay.answer
    with mock.patch.object(Relay, "answer", read):
        done = dev.run("drift", "--env", "dev", "--json")
    assert (done.code, statuses(done)) == (6, {"dev": "skipped"})
    assert "apply@elsewhere" in stacks(done)["dev"]["reason"]


def test_an_apply_that_began_and_ended_during_the_plan_makes_it_unknown(dev: World) -> None:
    def read(relay: Relay, method: str, path: str, body: bytes) -> bytes | None:
        found = answer(relay, method, path, body)
        state = fake_aws.content(fake_aws.STATE_KEY)
        fake_aws.write_state({**state, "serial": state["serial"] + 1})
        return found

    answer = Relay.answer
    with mock.patch.object(Relay, "answer", read):
        done = dev.run("drift", "--env", "dev", "--json")
    assert stacks(done)["dev"]["reason"] == "somebody changed the state meanwhile"


def test_shards_are_disjoint_and_add_up_to_the_whole(three: World) -> None:
    whole = statuses(three.run("drift", "--json"))
    parts = [three.run("drift", "--shard", f"{number}/2", "--json") for number in (1, 2)]
    assert [part.document["result"]["shard"] for part in parts] == ["1/2", "2/2"]
    names = [name for part in parts for name in statuses(part)]
    assert sorted(names) == sorted(whole)


def test_a_shard_without_a_stack_has_nothing_to_look_at(three: World) -> None:
    done = three.run("drift", "--shard", "4/4", "--json")
    assert (done.code, done.document["result"]["stacks"]) == (0, [])


@pytest.mark.parametrize(
    ("flags", "where"),
    [
        (("--shard", "3/2"), "--shard"),
        (("--shard", "0/2"), "--shard"),
        (("--workers", "-1"), "command line"),
        (("--env", "production"), "infra/environments.yaml"),
    ],
)
def test_what_cannot_be_meant_is_refused(unapplied: World, flags: tuple[str, ...], where: str) -> None:
    done = unapplied.run("drift", *flags)
    assert (done.code, done.error[1]) == (3, f"where: {where}")


def test_chosen_environments_only(three: World) -> None:
    done = three.run("drift", "--env", "stg", "--env", "dev", "--env", "stg", "--json")
    assert list(statuses(done)) == ["dev", "stg"]
    assert three.run("drift", "--env", "stg", "--json").document["environment"] == "stg"


def test_a_stack_that_is_gone_from_the_checkout_is_an_error_and_one_that_never_was_is_left_out(three: World) -> None:
    shutil.rmtree(three.root / "infra" / "envs" / "stg")
    done = three.run("drift", "--json")
    assert statuses(done) == {"dev": "clean", "prod": "clean", "stg": "error"}
    three.commit()
    assert statuses(three.run("drift", "--json")) == {"dev": "clean", "prod": "clean"}


def test_it_leaves_the_plan_of_a_person_and_nothing_of_its_own(dev: World) -> None:
    saved = dev.result("plan", "--env", "dev")
    before = {name: Path(saved[name]).read_bytes() for name in ("plan_file", "plan_json", "manifest_file")}
    dev.record("by-hand", "settled", **BY_HAND)
    dev.order(dev="by-hand")
    dev.ok("drift", "--env", "dev")
    assert {name: Path(saved[name]).read_bytes() for name in before} == before
    assert drift_folder(dev) == []
    dev.ok("apply", "--env", "dev")


def test_it_writes_nothing_to_aws_and_takes_no_lock(dev: World) -> None:
    before = fake_aws.objects()
    (dev.programs / "calls.jsonl").unlink(missing_ok=True)
    dev.ok("drift", "--env", "dev")
    calls = [json.loads(line) for line in (dev.programs / "calls.jsonl").read_text().splitlines()]
    [planned] = [call for call in calls if call["command"] == "plan"]
    assert {"-lock=false", "-detailed-exitcode"} <= set(planned["options"])
    assert fake_aws.objects() == before


def test_init_is_skipped_where_nothing_changed(dev: World) -> None:
    dev.ok("plan", "--env", "dev")
    assert "terraform init" not in dev.ok("drift", "--env", "dev").err


def test_a_waiver_hides_the_field_that_it_names(dev: World) -> None:
    dev.record("by-hand", "settled", **BY_HAND)
    dev.order(dev="by-hand")
    end = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400 * 7))
    (dev.root / "policy" / "waivers.yaml").write_text(
        "schema_version: 1\nwaivers:\n"
        f"  - {{id: drift/retention_in_days, address: {GROUP}, environment: dev, owner: platform, "
        f'reason: raised for an incident, link: "https://example.com/1", expires: "{end}"}}\n'
    )
    done = dev.run("drift", "--env", "dev", "--detailed-exitcode", "--json")
    assert (done.code, statuses(done)) == (0, {"dev": "clean"})
    assert [item["waived_by"] for item in stacks(done)["dev"]["items"]] == ["platform"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_terraforms_of_all_stacks(three: World, number: signal.Signals, code: int) -> None:
    hanging = three.programs / "hanging"
    hanging.mkdir()
    three.record("hangs", "settled", hangs="hanging")
    three.order(dev="hangs", stg="hangs", prod="hangs")

    def interrupt() -> None:
        until = time.monotonic() + 20
        while len(list(hanging.iterdir())) < 3 and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(os.getpid(), number)

    try:
        threading.Thread(target=interrupt).start()
        done = three.run("drift", "--workers", "3")
        assert (done.code, len(list(hanging.iterdir()))) == (code, 3), done.err
        assert running(str(three.programs / "terraform")) == []
        assert drift_folder(three) == []
    finally:
        shutil.rmtree(hanging)
    three.order(dev="settled")
    three.ok("drift", "--env", "dev")


def running(program: str) -> list[str]:
    """The command lines of processes that run a program."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if program in line:
            lines.append(line)
    return lines
