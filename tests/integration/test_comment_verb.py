"""`comment` against the emulated GitHub: one comment, whoever else writes, and whatever is lost on the way."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.product import VALIDATOR, Done
from tests.integration import console
from tests.unit import projects, verb_documents
from tests.unit.verb_documents import judged, planned

from github_emulator.faults import Fault
from github_emulator.github import BOT, REPOSITORY, TOKEN, GitHub
from github_emulator.model import Account, Comment
from github_emulator.server import client_environment, serving
from infragate.adapters.github import github_retry

MARKER = "<!-- infragate:pull-request -->"
RACERS = 20


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    monkeypatch.setattr(github_retry, "PAUSE", 0.0)
    with serving() as running:
        running.propose("a" * 40)
        yield running


@dataclass
class Job:
    """A job with a checkout and the reports of its verbs."""

    root: Path
    server: GitHub

    def comment(self, *documents: dict[str, Any], flags: tuple[str, ...] = (), **more: str) -> Done:
        paths = verb_documents.save(self.root, *(documents or (planned(), judged())))
        words = [word for path in paths for word in ("--document", str(path))]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "INFRAGATE_ROOT": str(self.root),
            "INFRAGATE_PULL_REQUEST": "1",
            "INFRAGATE_STATE": os.environ["INFRAGATE_STATE"],
            **client_environment(self.server),
            **more,
        }
        return console.run(["comment", *words, *flags], folder=self.root, environment=environment)

    def result(self, *documents: dict[str, Any], **more: str) -> dict[str, Any]:
        done = self.comment(*documents, flags=("--json",), **more)
        assert done.code == 0, done.err
        VALIDATOR.validate(done.document)
        return dict(done.document["result"])

    @property
    def bodies(self) -> list[str]:
        return [comment.body for comment in self.server.said()]


@pytest.fixture
def job(tmp_path: Path, server: GitHub) -> Job:
    (tmp_path / "infra").mkdir()
    shutil.copy(projects.ROOT / "infra" / "environments.yaml", tmp_path / "infra")
    return Job(tmp_path, server)


def test_the_first_run_writes_the_comment(job: Job) -> None:
    result = job.result()
    (body,) = job.bodies
    assert body.splitlines()[0] == MARKER
    assert "## infragate: the change is blocked" in body
    assert (result["action"], result["removed"], result["environments"]) == ("created", 0, ["dev"])
    assert result["comment"] == f"https://github.com/{REPOSITORY}/pull/1#issuecomment-{job.server.said()[0].id}"


def test_a_new_commit_changes_the_same_comment_and_says_what_is_new(job: Job) -> None:
    job.result()
    assert job.result(planned(commit="f" * 40), judged(environment="dev"))["action"] == "edited"
    (body,) = job.bodies
    assert f"**Since ` {verb_documents.COMMIT[:12]} `:** nothing changed." in body


def test_nothing_is_written_when_there_is_nothing_new_to_say(job: Job) -> None:
    job.result()
    assert job.result()["action"] == "unchanged"
    assert "PATCH" not in job.server.methods()
    assert job.server.said()[0].edits == 0


def test_the_comment_links_the_run_and_its_reports(job: Job) -> None:
    where = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_RUN_ID": "7"}
    job.result(**where)
    page = f"https://github.com/{REPOSITORY}/actions/runs/7"
    assert f"[this run]({page}) · [its reports]({page}#artifacts)" in job.bodies[0]


def test_an_address_that_is_none_of_the_web_is_no_link(job: Job) -> None:
    job.result(GITHUB_SERVER_URL="javascript:alert(1)", GITHUB_REPOSITORY=REPOSITORY, GITHUB_RUN_ID="7")
    assert "this run" not in job.bodies[0]


def test_comments_of_others_with_our_line_are_left_alone(job: Job) -> None:
    job.server.say(1, "mallory", f"{MARKER}\nall is well")
    job.server.say(1, BOT, f"as quoted:\n{MARKER}\n")
    job.server.say(1, BOT, "<!-- infragate:another -->\ntext")
    assert job.result()["action"] == "created"
    assert job.result()["removed"] == 0
    assert len(job.server.comments) == 4
    assert job.server.said(author="mallory")[0].body.endswith("all is well")


def test_of_two_of_ours_the_first_stays(job: Job) -> None:
    first = job.server.say(1, BOT, f"{MARKER}\nold")
    job.server.say(1, BOT, f"{MARKER}\nolder runs can leave this")
    result = job.result()
    assert (result["action"], result["removed"]) == ("edited", 1)
    assert [comment.id for comment in job.server.said()] == [first.id]


def test_the_comment_is_looked_for_on_every_page(job: Job) -> None:
    job.server.page_size = 5
    for number in range(12):
        job.server.say(1, "bob", f"{number}")
    job.result()
    assert job.result()["action"] == "unchanged"


def test_another_key_is_another_comment(job: Job) -> None:
    job.result()
    assert job.comment(flags=("--key", "nightly", "--pull-request", "1")).code == 0
    assert [body.splitlines()[0] for body in job.bodies] == [MARKER, "<!-- infragate:nightly -->"]


@pytest.mark.parametrize("how", [{"status": 502, "message": "Bad Gateway"}, {"cut": True}], ids=["502", "cut"])
@pytest.mark.parametrize("took_effect", [True, False])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_lost_answer_makes_no_second_comment(job: Job, how: dict[str, Any], took_effect: bool, method: str) -> None:
    if method != "POST":
        job.server.say(1, BOT, f"{MARKER}\nold")
        job.server.say(1, BOT, f"{MARKER}\nold")
    job.server.faults = [Fault(method=method, path="comments", times=1, took_effect=took_effect, **how)]
    job.result()
    assert len(job.bodies) == 1
    assert "the change is blocked" in job.bodies[0]


def test_a_comment_that_somebody_removes_meanwhile_is_written_anew(job: Job) -> None:
    old = job.server.say(1, BOT, f"{MARKER}\nold")

    def removed(method: str, _path: str, _token: str) -> None:
        if method == "PATCH":
            job.server.comments.pop(old.id, None)

    job.server.chance = removed
    assert job.result()["action"] == "created"
    assert len(job.bodies) == 1


@pytest.mark.parametrize("granted", [{"pull_requests": "read"}, {"contents": "write", "pull_requests": "read"}])
def test_the_permission_that_is_missing_is_named(job: Job, granted: dict[str, str]) -> None:
    job.server.accounts[TOKEN] = Account(login="github-actions[bot]", permissions=granted)
    done = job.comment()
    assert done.code == 5
    assert "give the token the permission issues: write or pull_requests: write" in done.error[2]


def test_the_token_of_a_job_needs_no_account_of_its_own(job: Job) -> None:
    job.server.accounts[TOKEN] = Account(login="github-actions[bot]", permissions={"pull_requests": "write"})
    assert (job.result()["action"], job.result()["action"]) == ("created", "unchanged")
    assert len(job.server.said(author="github-actions[bot]")) == 1


def test_a_pull_request_that_is_not_there_is_said(job: Job) -> None:
    done = job.comment(INFRAGATE_PULL_REQUEST="99")
    assert (done.code, done.error[0]) == (5, "error: GitHub answered 404: Not Found")
    assert "the number if you gave one" in done.error[2]


def test_without_a_token_or_an_app_nothing_is_asked(job: Job) -> None:
    done = job.comment(GITHUB_TOKEN="")
    assert (done.code, done.error[0]) == (3, "error: GITHUB_TOKEN is not set")
    assert job.server.seen == []


def raced(server: GitHub, number: int, faults: Callable[[str], Fault | None]) -> list[Comment]:
    """The comments that so many runs leave; none of them writes before all have seen that there is none."""
    tokens = [f"{TOKEN}-{racer}" for racer in range(number)]
    arrived: set[str] = set()

    def chance(method: str, path: str, token: str) -> Fault | None:
        if method == "POST" and "/comments" in path and token not in arrived:
            arrived.add(token)
            server.changed.notify_all()
            server.changed.wait_for(lambda: len(arrived) == number, timeout=60)
        return faults(token)

    server.accounts = dict.fromkeys(tokens, Account(login=BOT))
    server.chance = chance
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("racing_comments.py")), str(number), MARKER],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(projects.ROOT / "src"), **client_environment(server)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.split() == ["0"] * number, done.stderr
    assert server.methods("/issues/1/comments").count("POST") >= number
    return server.said()


def test_runs_at_the_same_moment_leave_one_comment(server: GitHub) -> None:
    (comment,) = raced(server, 6, lambda _token: None)
    assert comment.body.startswith(f"{MARKER}\nrun ")


def test_twenty_runs_at_once_with_random_faults_leave_one_comment(server: GitHub) -> None:
    """Two faults for each run: it can get over that many in a row, wherever they hit."""
    chosen = random.Random(7)
    kinds: list[dict[str, Any]] = [
        {"status": 502, "message": "Bad Gateway"},
        {"status": 502, "message": "Bad Gateway", "took_effect": True},
        {"cut": True},
        {"cut": True, "took_effect": True},
        {"delay": 0.1},
        {"status": 429, "message": "slow down", "headers": {"Retry-After": "1"}},
    ]
    met: Counter[str] = Counter()

    def fault(token: str) -> Fault | None:
        if met[token] == 2 or chosen.random() > 0.4:
            return None
        met[token] += 1
        return Fault(**chosen.choice(kinds))

    server.say(1, "mallory", MARKER)
    (comment,) = raced(server, RACERS, fault)
    assert comment.body.startswith(f"{MARKER}\nrun ")
    assert met.total() > RACERS
