"""`gate`, and the door of `apply`: what was not judged, or is not as it was judged, is not applied."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import product
from tests.verbs import fake_aws
from tests.verbs.kept_world import KeptWorld
from tests.verbs.test_apply_verb import APPLY, DEVICE, PLAN, RECORDS, folder, refused
from tests.verbs.world import World

GATE = ("gate", "--env", "dev")
RULES = "schema_version: 1\ndefault: {required: [code], apply: verdict}\n"
BUCKET = "acme-fileflow-tfstate"
NEVER = {"INFRAGATE_INSTALL": "never"}


def rules(world: World, text: str) -> None:
    (world.root / "policy" / "gate.yaml").write_text(text)
    world.commit("the rules of the gate")


def order(world: World, name: str, *more: str) -> None:
    """A recording with the parts that it was stored without, and with more addresses than it has changes."""
    plan = json.loads((world.programs / "recordings" / f"{name}.json").read_text())["plan"]
    resources = [
        {"address": entry["address"], "mode": "managed"}
        for entry in plan["resource_changes"]
        if entry.get("mode") == "managed" and entry["change"]["actions"] != ["delete"]
    ]
    resources += [{"address": address, "mode": "managed"} for address in more]
    whole = {"configuration": {"root_module": {}}, "planned_values": {"root_module": {"resources": resources}}}
    world.record(f"whole-{name}", name, plan={**plan, **whole})
    world.order(dev=f"whole-{name}")


@pytest.fixture(scope="module")
def kept(applied: World, tip: str) -> KeptWorld:
    return KeptWorld(applied)


def plan(world: World) -> None:
    rules(world, RULES)
    order(world, "create")
    world.ok(*PLAN)


@pytest.fixture
def strict(dev: World, kept: KeptWorld) -> World:
    """dev, whose applies need a Verdict, with a plan."""
    return kept.after("strict", plan)


def retune(world: World) -> None:
    rules(world, RULES)
    world.edit(world.stack / "dev.tfvars", "cpu                = 256", "cpu                = 512")
    world.commit("more cpu")


@pytest.fixture
def retuned(dev: World, kept: KeptWorld) -> World:
    """dev with another value than a commit before, where an apply needs a Verdict."""
    return kept.after("retuned", retune)


@pytest.fixture
def judged(strict: World, kept: KeptWorld) -> World:
    """The same as strict, after the gate."""
    return kept.after("judged", lambda world: world.ok(*GATE))


def manifest(world: World) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder(world) / "plan.tfplan.manifest.json").read_text())
    return document


def reviews(world: World, *users: str, **more: str) -> str:
    """A file of approvals of the present commit."""
    commit = world.git("rev-parse", "HEAD").strip()
    review = {"state": "APPROVED", "commit": commit, "permission": "write", "submitted_at": "2026-11-26T07:00:00Z"}
    document = {
        "schema_version": 1,
        "commit": commit,
        "author": "alice",
        "files": ["infra/envs/dev/main.tf"],
        "reviews": [{**review, "user": user, **more} for user in users],
    }
    path = world.home / "reviews.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_a_plan_that_was_not_judged_is_not_applied(strict: World) -> None:
    before = fake_aws.objects(RECORDS)
    refused(strict.run(*APPLY), 8, "the gate has not judged this plan", "gate --env dev")
    assert fake_aws.objects(RECORDS) == before


def test_a_plan_that_the_gate_allows_is_applied_and_recorded_with_its_verdict(judged: World) -> None:
    result = judged.result(*APPLY)
    verdict = fake_aws.content(result["record"])["verdict"]
    assert (verdict["decision"], verdict["checks"]) == ("allow", ["code"])


def test_the_verdict_is_in_the_sealed_manifest(judged: World) -> None:
    verdict = manifest(judged)["verdict"]
    assert verdict["decision"] == "allow"
    assert len(verdict["policy"]) == 64
    assert verdict["policy_origin"].startswith("this checkout")


def block(world: World) -> None:
    rules(world, RULES.replace("[code]", "[code, conftest]"))
    assert world.run(*GATE, **NEVER).code == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decision", "allow"),
        ("approvals_required", 0),
        ("policy", "0" * 64),
        ("last_day", "2099-01-01"),
        ("reasons", ["x"]),
    ],
)
def test_an_edited_verdict_is_found(strict: World, kept: KeptWorld, name: str, value: Any) -> None:
    kept.after("blocked", block)
    path = folder(strict) / "plan.tfplan.manifest.json"
    document = json.loads(path.read_text())
    document["verdict"][name] = value if document["verdict"][name] != value else "other"
    path.write_text(json.dumps(document))
    refused(strict.run(*APPLY), 7, "Manifest")


def test_a_second_plan_needs_a_verdict_of_its_own(judged: World) -> None:
    judged.ok(*PLAN)
    refused(judged.run(*APPLY), 8, "has not judged")


def test_a_policy_that_changes_afterwards_takes_the_verdict_away(judged: World) -> None:
    (judged.root / "policy" / "gate.yaml").write_text(RULES + "severities: {CKV_AWS_1: low}\n")
    refused(judged.run(*APPLY), 7, "the policy changed")


def test_a_required_check_that_cannot_run_blocks_the_plan_and_its_apply(strict: World) -> None:
    rules(strict, RULES.replace("[code]", "[code, conftest, infracost]"))
    strict.ok(*PLAN)
    done = strict.run(*GATE, "--json", **NEVER)
    assert (done.code, done.document["status"]) == (4, "blocked")
    failed = {entry["id"] for entry in done.document["result"]["findings"] if entry["source"] == "engine"}
    assert failed == {"engine/conftest", "engine/infracost"}
    refused(strict.run(*APPLY), 8, "the gate blocks this plan", "no evidence that it ran")


def test_a_check_that_is_not_required_and_cannot_run_is_a_warning(strict: World) -> None:
    rules(strict, RULES.replace("[code]", "[code], optional: [conftest]"))
    strict.ok(*PLAN)
    done = strict.run(*GATE, **NEVER)
    assert done.code == 0, done.err
    assert "conftest could not judge" in done.out


def test_a_plan_that_is_not_current_is_planned_first(strict: World) -> None:
    (strict.stack / "note.tf").write_text("# more\n")
    done = strict.ok(*GATE)
    assert "planning" in done.err
    strict.ok(*APPLY)


def test_a_given_plan_that_is_stale_is_refused(strict: World, tmp_path: Path) -> None:
    plan = str(tmp_path / "out.tfplan")
    strict.ok(*PLAN, "--out", plan)
    strict.ok(*GATE, "--plan", plan)
    (strict.stack / "note.tf").write_text("# more\n")
    refused(strict.run(*GATE, "--plan", plan), 7, "the plan is stale")


def test_judging_again_changes_nothing(judged: World) -> None:
    before = manifest(judged)["verdict"]
    judged.ok(*GATE)
    after = manifest(judged)["verdict"]
    assert {**after, "created": ""} == {**before, "created": ""}


def test_the_summary_of_a_job_is_the_comment_of_the_pull_request(strict: World, tmp_path: Path) -> None:
    page, file = tmp_path / "summary.md", tmp_path / "comment.md"
    page.write_text("of another verb\n")
    strict.ok(*GATE, "--json", "--markdown", str(file), GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page))
    assert page.read_text() == "of another verb\n" + file.read_text()
    assert "### Gate ` dev `: allow" in file.read_text()


@pytest.fixture
def targeted(strict: World, kept: KeptWorld) -> World:
    """The same as strict, with a plan that needs approvals."""
    return kept.after("targeted", lambda world: world.ok(*PLAN, "--target", "module.alb"))


def test_what_needs_approvals_is_applied_only_with_them(targeted: World) -> None:
    done = targeted.run(*GATE, "--json")
    assert (done.code, done.document["status"]) == (8, "needs-approvals")
    assert done.document["result"]["verdict"]["approvals_required"] == 1
    refused(targeted.run(*APPLY), 8, "approvals are missing (1 required, 0 given)")
    refused(targeted.run(*APPLY, "--approvals", reviews(targeted, "alice")), 8, "approvals are missing")
    record = fake_aws.content(targeted.result(*APPLY, "--approvals", reviews(targeted, "bob"))["record"])
    assert record["approved_by"] == ["bob"]


def test_an_approval_that_is_gone_at_the_apply_does_not_count(targeted: World) -> None:
    targeted.ok(*GATE, "--approvals", reviews(targeted, "bob"))
    refused(
        targeted.run(*APPLY, "--approvals", reviews(targeted, "bob", state="DISMISSED")), 8, "approvals are missing"
    )


def test_a_break_glass_apply_needs_a_reason_to_go_past_the_gate(strict: World) -> None:
    refused(strict.run(*APPLY, *DEVICE, "123456"), 3, "needs a reason", "--reason")


def test_a_break_glass_apply_is_on_record_until_a_judged_one_settles_it(strict: World) -> None:
    done = strict.ok(*APPLY, *DEVICE, "123456", "--reason", "incident 4711: database down")
    assert "BREAK-GLASS" in done.err
    record = fake_aws.content(fake_aws.objects(RECORDS)[-1])
    assert record["break_glass_reason"] == "incident 4711: database down"

    rules(strict, RULES.replace("verdict", "nothing"))
    order(strict, "settled")
    strict.ok(*PLAN)
    refused(strict.run(*APPLY), 8, "has not judged", "not settled")
    strict.ok(*GATE)
    assert "settled" in strict.ok(*APPLY).err

    strict.ok(*PLAN)
    strict.ok(*APPLY)


@contextmanager
def recorded_as(name: str, **document: str) -> Iterator[None]:
    """A record in the state bucket, later than all others."""
    place = {"Bucket": BUCKET, "Key": f"{RECORDS}99991231T000000Z-{name}.json"}
    fake_aws.client("s3").put_object(**place, Body=json.dumps(document).encode())
    try:
        yield
    finally:
        fake_aws.client("s3").delete_object(**place)


def test_a_break_glass_apply_that_began_during_a_judged_one_is_not_settled_by_it(strict: World) -> None:
    strict.ok(*APPLY, *DEVICE, "123456", "--reason", "incident 4711: database down")
    rules(strict, RULES.replace("verdict", "nothing"))
    order(strict, "settled")
    strict.ok(*PLAN)
    with recorded_as("settled", settles=f"{RECORDS}20000101T000000Z-unjudged.json"):
        refused(strict.run(*APPLY), 8, "has not judged", "not settled")


def test_a_break_glass_apply_that_enough_people_approved_needs_no_reason(targeted: World) -> None:
    targeted.run(*GATE)
    refused(targeted.run(*APPLY, *DEVICE, "123456", "--approvals", reviews(targeted, "alice")), 3, "needs a reason")
    done = targeted.ok(*APPLY, *DEVICE, "123456", "--approvals", reviews(targeted, "bob"), "--json")
    assert "BREAK-GLASS" not in done.err
    record = fake_aws.content(done.document["result"]["record"])
    assert (record["approved_by"], record["break_glass_reason"]) == (["bob"], None)


def test_approvals_that_cannot_be_read_are_none_under_break_glass(targeted: World) -> None:
    targeted.run(*GATE)
    gone = ("--approvals", str(targeted.home / "gone.json"))
    refused(targeted.run(*APPLY, *gone), 3, "gone.json")
    refused(targeted.run(*APPLY, *DEVICE, "123456", *gone), 3, "needs a reason")
    done = targeted.ok(*APPLY, *DEVICE, "123456", *gone, "--reason", "incident 4711: database down")
    assert "the approvals cannot be read" in done.err
    assert "BREAK-GLASS" in done.err


def based(world: World) -> str:
    """The present commit becomes that of the base branch."""
    commit = world.git("rev-parse", "HEAD")
    world.git("update-ref", "refs/remotes/origin/main", commit)
    return commit


def propose(world: World) -> None:
    based(world)
    (world.stack / "note.tf").write_text("# more\n")
    rules(world, RULES.replace("verdict", "nothing"))
    world.ok(*PLAN)


@pytest.fixture
def change(judged: World, kept: KeptWorld) -> Iterator[World]:
    """A checkout with a commit that the base branch has not."""
    yield kept.after("change", propose)
    judged.git("update-ref", "-d", "refs/remotes/origin/main")


@pytest.mark.parametrize("ref", [".", "HEAD"])
def test_an_apply_is_not_judged_by_the_policy_of_the_change(change: World, ref: str) -> None:
    refused(change.run(*APPLY), 8, "has not judged")
    refused(change.run(*APPLY, "--policy-ref", ref), 3, "--policy-ref", "not in origin/main")


def test_an_apply_takes_the_policy_of_a_commit_of_the_base_branch(change: World) -> None:
    base = change.git("rev-parse", "refs/remotes/origin/main")
    change.ok(*GATE, "--policy-ref", base)
    change.ok(*APPLY, "--policy-ref", base)


CONFIG_BACK = ("config-rollback", "--env", "dev", "--to", "HEAD~1", "--apply")


def test_a_rollback_goes_through_the_same_door(retuned: World) -> None:
    order(retuned, "create")
    result = retuned.result(*CONFIG_BACK)
    assert fake_aws.content(result["applied"]["record"])["verdict"]["decision"] == "allow"


def test_a_rollback_that_the_gate_blocks_is_not_applied(retuned: World) -> None:
    retuned.order(dev="create")  # without the parts that the gate needs
    before = fake_aws.objects(RECORDS)
    refused(retuned.run(*CONFIG_BACK), 8, "the gate blocks this plan")
    assert fake_aws.objects(RECORDS) == before
    retuned.ok("config-rollback", "--env", "dev", "--abort")


def test_a_break_glass_rollback_goes_past_it_with_its_reason(retuned: World) -> None:
    retuned.order(dev="create")
    done = retuned.ok(*CONFIG_BACK, *DEVICE, "123456", "--reason", "INC-42: too small")
    assert "BREAK-GLASS" in done.err


def test_a_rollback_takes_the_flags_of_an_apply(retuned: World) -> None:
    order(retuned, "create")
    based(retuned)
    try:
        refused(retuned.run(*CONFIG_BACK, "--policy-ref", "."), 3, "not in origin/main")
        base = retuned.git("rev-parse", "HEAD")
        done = retuned.ok(*CONFIG_BACK, "--policy-ref", base, "--approvals", reviews(retuned, "bob"))
    finally:
        retuned.git("update-ref", "-d", "refs/remotes/origin/main")
    assert "dev is healthy" in done.out


def test_a_rollback_that_needs_approvals_is_applied_once_its_proposal_has_them(retuned: World) -> None:
    order(retuned, "create", "aws_x.left_out")
    proposed = retuned.result(*CONFIG_BACK[:-1])["commit"]
    refused(retuned.run(*CONFIG_BACK), 8, "approvals are missing (1 required, 0 given)")
    theirs = reviews(retuned, "bob")
    refused(retuned.run(*CONFIG_BACK, "--approvals", theirs), 7, "with other files: its approvals do not count")
    file = retuned.home / "reviews.json"
    file.write_text(file.read_text().replace(retuned.git("rev-parse", "HEAD"), proposed))
    applied = retuned.result(*CONFIG_BACK, "--approvals", theirs)["applied"]
    assert fake_aws.content(applied["record"])["approved_by"] == ["bob"]


def test_a_rollback_after_a_break_glass_apply_is_judged_whatever_the_rules_are(retuned: World) -> None:
    rules(retuned, RULES.replace("verdict", "nothing"))
    retuned.edit(retuned.stack / "dev.tfvars", "cpu                = 512", "cpu                = 1024")
    retuned.commit("still more cpu")
    order(retuned, "create")
    with recorded_as("unjudged"):
        done = retuned.ok(*CONFIG_BACK)
    assert "judging side by side" in done.err
    assert "settled" in done.err


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda path: path.write_text("{}"), "format_version"),
        (lambda path: path.write_text("Loading...\n{}"), "a line of another program"),
        (lambda path: path.write_bytes(b"PK\x03\x04"), "Terraform's plan file"),
        (lambda path: path.write_text(""), "not JSON"),
        (lambda path: None, "no such file"),
    ],
)
def test_a_file_that_is_no_plan_is_bad_input(
    dev: World, tmp_path: Path, write: Callable[[Path], object], said: str
) -> None:
    path = tmp_path / "plan.json"
    write(path)
    refused(dev.run("gate", "--plan", str(path)), 3, said)


def recorded() -> bytes:
    return (product.ROOT / "tests" / "data" / "plans" / "fileflow-dev.json").read_bytes()


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
    ],
    ids=["utf-8", "byte order mark", "utf-16"],
)
def test_a_plan_of_another_repository_is_judged_in_any_encoding(
    dev: World, tmp_path: Path, encode: Callable[[str], bytes]
) -> None:
    rules(dev, "schema_version: 1\ndefault: {required: []}\n")
    path = tmp_path / "plan.json"
    path.write_bytes(encode(recorded().decode()))
    result = dev.result("gate", "--plan", str(path))
    assert (result["summary"]["add"], result["bound"]) == (34, False)


def test_a_plan_whose_entries_have_no_mode_is_judged(dev: World, tmp_path: Path) -> None:
    rules(dev, "schema_version: 1\ndefault: {required: []}\n")
    path = tmp_path / "plan.json"
    document = json.loads(recorded(), object_hook=lambda part: {key: part[key] for key in part if key != "mode"})
    path.write_text(json.dumps({**document, "format_version": "1.0"}))
    result = dev.result("gate", "--plan", str(path))
    assert (result["summary"]["add"], result["findings"]) == (34, [])


def test_a_plan_that_no_required_check_can_judge_is_refused(dev: World, tmp_path: Path) -> None:
    rules(dev, "schema_version: 1\ndefault: {required: [code]}\n")
    path = tmp_path / "plan.json"
    path.write_bytes(recorded())
    done = dev.run("gate", "--plan", str(path), "--json")
    assert done.code == 3
    assert [entry["id"] for entry in done.document["result"]["findings"]] == ["plan/unjudged"]
    assert "there is only a plan, and no code: code" in done.document["result"]["notes"][0]


def test_a_plan_without_its_configuration_is_refused(dev: World, tmp_path: Path) -> None:
    rules(dev, "schema_version: 1\ndefault: {required: []}\n")
    document = json.loads(recorded())
    del document["configuration"]
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document))
    done = dev.run("gate", "--plan", str(path), "--json")
    assert done.code == 3
    assert [entry["id"] for entry in done.document["result"]["findings"]] == ["plan/no-configuration"]


def test_neither_an_environment_nor_a_plan_is_bad_input(dev: World) -> None:
    refused(dev.run("gate"), 3, "no Environment and no plan")


def test_a_waiver_of_the_pull_request_has_no_effect(strict: World) -> None:
    """The Verdict of `--policy-ref` is the one of that commit's policy."""
    rules(strict, RULES + "# base\n")
    base = strict.git("rev-parse", "HEAD").strip()
    rules(strict, RULES.replace("[code]", "[]"))
    strict.ok(*PLAN)
    result = strict.result(*GATE, "--policy-ref", base)
    assert result["policy"]["changed"] == ["policy/gate.yaml"]
    assert [proof["check"] for proof in result["evidence"]] == ["code"]


def test_rules_without_engines_install_no_program(strict: World) -> None:
    assert "installing" not in strict.ok(*GATE).err
