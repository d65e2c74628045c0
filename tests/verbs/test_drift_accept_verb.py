"""`drift-accept` over a recorded Terraform: only what drifts is accepted, and `drift` counts it until its last day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.e2e import terminal
from tests.e2e.product import VALIDATOR
from tests.integration.test_waiver_request import SCRIPT
from tests.unit.plan_documents import plan, resource
from tests.verbs import fake_aws
from tests.verbs.test_drift_verb import REFUSED
from tests.verbs.world import World

from github_emulator.server import client_environment, serving

GROUP, ALARM = "aws_cloudwatch_log_group.this", "aws_cloudwatch_metric_alarm.this"
REAL, CODE = {"retention_in_days": 1, "skip_destroy": True}, {"retention_in_days": 30, "skip_destroy": False}
PLAN = plan(
    resource("update", GROUP, before=REAL, after=CODE),
    resource("create", ALARM, before=None, after={"threshold": 1}),
    resource_drift=[
        resource("update", GROUP, before=CODE, after=REAL),
        resource("delete", ALARM, before={"threshold": 1}, after=None),
    ],
)
TODAY = datetime.now(UTC).date()
REGISTER = Path("policy") / "waivers.yaml"
WHY = (
    *("--reason", "a test of restoring", "--owner", "@acme/platform"),
    *("--link", "https://github.com/acme/fileflow/issues/7"),
)
ACCEPT = ("drift-accept", "--env", "dev", *WHY)


@pytest.fixture
def drifting(dev: World) -> World:
    dev.record("by-hand", "settled", changes=True, headline="Plan: 1 to add, 1 to change, 0 to destroy.", plan=PLAN)
    dev.order(dev="by-hand")
    return dev


def items(world: World) -> list[tuple[str, list[str], str | None]]:
    """What `drift` says now: address, paths, and who has waived it."""
    done = world.run("drift", "--env", "dev", "--json")
    (stack,) = done.document["result"]["stacks"]
    return [
        (item["address"], [field["path"] for field in item["fields"]], item["waived_by"]) for item in stack["items"]
    ]


def entries(world: World) -> list[dict[str, str]]:
    """The register's entries for drift."""
    waivers = yaml.safe_load((world.root / REGISTER).read_text())["waivers"] or []
    return [entry for entry in waivers if entry["id"].startswith("drift/")]


def accepted(world: World, *flags: str) -> dict[str, Any]:
    done = world.ok(*ACCEPT, "--yes", "--json", *flags)
    VALIDATOR.validate(json.loads(done.out))
    return dict(done.document["result"])


def test_one_field_is_accepted_and_no_other(drifting: World) -> None:
    result = accepted(drifting, "--field", "retention_in_days")
    assert [(each["id"], each["address"]) for each in result["accepted"]] == [("drift/retention_in_days", GROUP)]
    assert entries(drifting) == [
        {
            "id": "drift/retention_in_days",
            "address": GROUP,
            "environment": "dev",
            "owner": "@acme/platform",
            "reason": "a test of restoring",
            "link": "https://github.com/acme/fileflow/issues/7",
            "expires": (TODAY + timedelta(days=30)).isoformat(),
        }
    ]
    assert items(drifting) == [
        (GROUP, ["retention_in_days"], "@acme/platform"),
        (GROUP, ["skip_destroy"], None),
        (ALARM, [], None),
    ]


def test_all_of_a_stack_becomes_several_entries_of_one_proposal(drifting: World) -> None:
    result = accepted(drifting)
    ids = ["drift/retention_in_days", "drift/skip_destroy", "drift/deleted"]
    assert sorted(entry["id"] for entry in entries(drifting)) == sorted(ids)
    assert {each["waiver"]["id"] for each in result["waivers"]} == set(ids)
    assert [line["line"] for line in result["waivers"]] == sorted(line["line"] for line in result["waivers"])
    assert " and 2 more in dev" in result["proposal"]["title"]
    done = drifting.run("drift", "--env", "dev", "--detailed-exitcode", "--json")
    assert (done.code, done.document["result"]["stacks"][0]["status"]) == (0, "clean")


def test_it_counts_again_after_the_last_day(drifting: World) -> None:
    accepted(drifting, "--until", (TODAY + timedelta(days=3)).isoformat())
    register = drifting.root / REGISTER
    text = register.read_text()
    register.write_text(text.replace((TODAY + timedelta(days=3)).isoformat(), (TODAY - timedelta(days=1)).isoformat()))
    assert [owner for _, _, owner in items(drifting)] == [None, None]


def test_the_same_again_writes_nothing(drifting: World) -> None:
    accepted(drifting, "--address", ALARM)
    before = (drifting.root / REGISTER).read_bytes()
    done = drifting.ok(*ACCEPT, "--yes", "--address", ALARM, "--json")
    VALIDATOR.validate(json.loads(done.out))
    assert (done.document["status"], done.document["result"]["accepted"]) == ("ok", [])
    assert done.document["result"]["known"] == [{"id": "drift/deleted", "address": ALARM}]
    assert (drifting.root / REGISTER).read_bytes() == before
    assert f"waived already: drift/deleted of {ALARM}" in drifting.ok(*ACCEPT, "--address", ALARM).out


def test_where_nothing_drifts_there_is_nothing_to_accept(dev: World) -> None:
    dev.order(dev="settled")
    before = (dev.root / REGISTER).read_bytes()
    assert "nothing of dev is newly accepted" in dev.ok(*ACCEPT).out
    assert (dev.root / REGISTER).read_bytes() == before


@pytest.mark.parametrize(
    ("flags", "message", "fix"),
    [
        (("--address", "aws_x.y"), "aws_x.y does not drift in dev", f"what drifts: {GROUP} (retention_in_days)"),
        (("--field", "tags"), "tags does not drift in dev", f"{ALARM} (drift/deleted)"),
        (("--days", "91"), "lasts 91 more days", "shorten it"),
        (("--until", "friday"), "--until friday: there is no such day", "2027-01-31"),
        (("--until", "2020-01-01"), "ended on 2020-01-01", "correct the code"),
        (("--owner", "nobody"), "is not an owner", "name the person"),
        (("--reason", "because"), "is not a reason of ten characters", "policy-exceptions.md"),
    ],
)
def test_what_cannot_be_accepted_is_refused(drifting: World, flags: tuple[str, str], message: str, fix: str) -> None:
    before = (drifting.root / REGISTER).read_bytes()
    words = dict(zip(WHY[::2], WHY[1::2], strict=True)) | dict([flags])
    done = drifting.run(*ACCEPT[:3], *(word for pair in words.items() for word in pair), "--yes")
    assert done.code == 3
    assert message in done.error[0]
    assert fix in done.error[2]
    assert (drifting.root / REGISTER).read_bytes() == before


def test_without_a_terminal_it_is_listed_and_not_written(drifting: World) -> None:
    before = (drifting.root / REGISTER).read_bytes()
    done = drifting.run(*ACCEPT, "--field", "retention_in_days")
    assert (done.code, "--yes" in done.error[2]) == (3, True)
    assert done.out.splitlines()[1:3] == [
        f"  MEDIUM: {GROUP} [drift/retention_in_days]",
        "      retention_in_days: 1 -> 30",
    ]
    assert (drifting.root / REGISTER).read_bytes() == before


def saved(world: World) -> Path:
    """The document of `drift` in a file."""
    path = world.home / "drift.json"
    world.ok("drift", "--env", "dev", "--report", str(path))
    return path


@pytest.mark.parametrize(("answer", "written"), [("y", 1), ("", 0)])
def test_a_terminal_asks(drifting: World, answer: str, written: int) -> None:
    """About what a document says: another process has no AWS here."""
    answers = [("Why may dev differ", "a test of restoring"), ("Accept this? [y/N]", answer)]
    flags = ("--address", ALARM, "--document", str(saved(drifting)))
    words = [str(SCRIPT), *ACCEPT[:3], *WHY[2:], *flags]
    environment = drifting.environment(TERM="dumb")
    code, screen = terminal.run(words, cwd=drifting.root, env=environment, answers=answers)
    assert (code, len(entries(drifting))) == (0, written), screen


def test_a_document_is_as_good_as_a_look(drifting: World) -> None:
    path = saved(drifting)
    drifting.order(dev=None)
    result = accepted(drifting, "--document", str(path), "--field", "skip_destroy")
    assert [each["id"] for each in result["accepted"]] == ["drift/skip_destroy"]
    merged = path.with_name("merged.json")
    drifting.ok("drift-merge", "--document", str(path), "--report", str(merged))
    assert len(accepted(drifting, "--document", str(merged))["accepted"]) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"started_at": "2026-01-01T00:00:00Z"}, "more than a day ago"),
        ({"verb": "drift-merge", "result": None}, "drift.json"),
        ({"schema_version": 9}, "schema_version"),
    ],
)
def test_another_document_is_refused(drifting: World, change: dict[str, Any], message: str) -> None:
    path = saved(drifting)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    done = drifting.run(*ACCEPT, "--yes", "--document", str(path))
    assert (done.code, entries(drifting)) == (3, [])
    assert message in done.err


def test_a_document_of_another_environment_is_refused(drifting: World) -> None:
    path = str(saved(drifting))
    done = drifting.run("drift-accept", "--env", "prod", *WHY, "--yes", "--document", path)
    assert (done.code, done.error[0]) == (3, "error: it says nothing of prod")


@pytest.mark.parametrize(("how", "code"), [("fails", 5), ("locked", 6)])
def test_drift_that_is_not_known_cannot_be_accepted(drifting: World, how: str, code: int) -> None:
    if how == "locked":
        fake_aws.hold_lock()
    else:
        drifting.record("refused", "settled", **REFUSED)
        drifting.order(dev="refused")
    done = drifting.run(*ACCEPT, "--yes")
    assert (done.code, entries(drifting)) == (code, [])


# ---- as a pull request -------------------------------------------------------------------------------------------


@pytest.fixture
def pushed(drifting: World, tmp_path: Path) -> Iterator[World]:
    """With an origin."""
    drifting.git("init", "-q", "--bare", "-b", "main", str(tmp_path / "origin.git"))
    drifting.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    drifting.git("push", "-q", "origin", "main")
    yield drifting
    drifting.git("remote", "remove", "origin")


def test_the_pull_request_holds_the_entries_and_shows_what_differs(pushed: World) -> None:
    with serving() as server:
        done = pushed.run(*ACCEPT, "--yes", "--open-pr", "--json", **client_environment(server))
    assert done.code == 0, done.err
    VALIDATOR.validate(json.loads(done.out))
    proposal = done.document["result"]["proposal"]
    branch = proposal["branch"]
    assert branch.startswith("waiver/3-entries-")
    assert pushed.git("diff", "--name-only", "origin/main", f"origin/{branch}").split() == [str(REGISTER)]
    assert (pushed.git("status", "--porcelain"), entries(pushed)) == ("", [])
    (pull,) = server.pulls
    assert (pull.head_ref, pull.title) == (branch, proposal["title"])
    for text in (
        f"- **Rule:** `drift/retention_in_days` for `{GROUP}`",
        f"- **Rule:** `drift/deleted` for `{ALARM}`",
        "- **Owner:** `@acme/platform`",
        "**Risk:** until its last day `drift` does not count what is named here in dev",
        "` retention_in_days `: ` 1 ` → ` 30 `",
    ):
        assert text in pull.body


def test_what_the_base_branch_has_already_is_not_proposed_again(pushed: World) -> None:
    clean = pushed.git("rev-parse", "HEAD")
    accepted(pushed, "--address", ALARM)
    pushed.commit("merged")
    pushed.git("push", "-q", "origin", "main")
    pushed.git("reset", "-q", "--hard", clean)
    with serving() as server:
        flags = ("--yes", "--open-pr", "--json", "--address", ALARM)
        done = pushed.run(*ACCEPT, *flags, **client_environment(server))
    assert (done.code, done.document["result"]["proposal"], server.pulls) == (0, None, [])
    assert done.document["result"]["known"] == [{"id": "drift/deleted", "address": ALARM}]
