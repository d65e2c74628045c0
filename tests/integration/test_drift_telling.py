"""Drift is told once: real clients of S3, GitHub and Slack against servers with state, faults and other runs."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.integration import state_account
from tests.integration.state_account import KEYS, StateAccount
from tests.unit import projects
from tests.unit.drift_values import item, report, stack

from github_emulator.faults import Fault
from github_emulator.github import BOT, TOKEN, GitHub
from github_emulator.model import Account, Issue
from github_emulator.server import client_environment
from github_emulator.server import serving as serving_github
from infragate.adapters.aws.drift_records import DriftRecords
from infragate.adapters.github import github_retry
from infragate.adapters.local import clock, environments_file
from infragate.adapters.local.settings import Actor
from infragate.adapters.slack import slack_http
from infragate.domain.cloud import Cloud
from infragate.domain.drift.report import StackDrift
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput
from infragate.domain.finding import Severity
from infragate.domain.front_doors.sections import SlackChannels
from infragate.report import drift_texts
from infragate.usecases.drift import telling
from infragate.usecases.drift.telling import TellRequest, Told
from slack_emulator import server as slack_server
from slack_emulator.slack import Slack

PAGE = "https://github.com/acme/fileflow/actions/runs/7"
CHANNELS = SlackChannels(critical="#fileflow-alerts", warning="#fileflow-drift")
RACERS = 20
SETTINGS = "slack: {critical: '#fileflow-alerts', warning: '#fileflow-drift'}\n"
FIRST = stack(item(address="aws_a.a"), commit="a" * 40)
SECOND = stack(item(address="aws_b.b"), commit="a" * 40)
CLEAN = stack(status="clean", commit="b" * 40)


@dataclass
class Desk:
    """All that is told to, and the runs that tell."""

    root: Path
    project: Project
    account: StateAccount
    github: GitHub
    slack: Slack
    numbers: Iterator[int] = field(default_factory=count)
    warned: list[str] = field(default_factory=list)

    @property
    def records(self) -> DriftRecords:
        return DriftRecords(
            project=self.project, cloud=self.account.cloud, credentials=KEYS, warn=lambda text: self.warned.append(text)
        )

    def tell(self, *stacks: StackDrift, run: str = "") -> Told:
        request = TellRequest(
            root=self.root,
            project=self.project,
            records=self.records,
            run=run or f"run-{next(self.numbers)}",
            texts=drift_texts.of_run(PAGE),
            warn=lambda text: self.warned.append(str(text)),
        )
        return telling.tell(report(*stacks), request)

    @property
    def issue(self) -> Issue:
        (issue,) = self.github.issues.values()
        return issue

    def with_telling(self, **changes: Any) -> None:
        doors = self.project.front_doors
        self.project = replace(self.project, front_doors=replace(doors, telling=replace(doors.telling, **changes)))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("settings")
    (root / "infra").mkdir()
    text = (projects.ROOT / "infra" / "environments.yaml").read_text()
    (root / "infra" / "environments.yaml").write_text(text + SETTINGS)
    return environments_file.load(root)


@pytest.fixture
def desk(tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(github_retry, "PAUSE", 0.0)
    monkeypatch.setattr(slack_http, "PAUSE", 0.0)
    (tmp_path / "infra").mkdir()
    text = (projects.ROOT / "infra" / "environments.yaml").read_text()
    (tmp_path / "infra" / "environments.yaml").write_text(text + SETTINGS)
    for environment in project.environments:
        shutil.copytree(projects.ROOT / environment.directory, tmp_path / environment.directory)
    with state_account.serving(project) as account, serving_github() as github, slack_server.serving() as slack:
        for name, value in {**client_environment(github), **slack_server.bot_environment(slack)}.items():
            monkeypatch.setenv(name, value)
        yield Desk(tmp_path, project, account, github, slack)


def test_the_first_run_tells_once_and_opens_an_issue_for_each_stack(desk: Desk) -> None:
    told = desk.tell(
        FIRST, replace(FIRST, environment="stg", directory="infra/envs/stg"), replace(CLEAN, environment="prod")
    )
    assert [(one.environment, one.slack, one.issue) for one in told.stacks] == [
        ("dev", "posted", "opened"),
        ("stg", "posted", "opened"),
        ("prod", "silent", "silent"),
    ]
    assert sorted(issue.title for issue in desk.github.issues.values()) == [
        "Drift: dev (infra/envs/dev)",
        "Drift: stg (infra/envs/stg)",
    ]
    assert [said.text for said in desk.slack.messages] == [
        "Drift in dev: 1 difference, the worst medium",
        "Drift in stg: 1 difference, the worst medium",
    ]
    assert desk.warned == []


def test_the_issue_and_the_message_know_each_other_and_the_run(desk: Desk) -> None:
    (told,) = desk.tell(FIRST).stacks
    assert told.issue_url == "https://github.com/acme/fileflow/issues/1"
    shown = str(desk.slack.messages[0].blocks)
    assert f"<{told.issue_url}|the issue>" in shown
    assert f"<{PAGE}|this run>" in shown
    assert f"]({PAGE})" in desk.issue.body
    assert desk.issue.labels == ["drift"]


def test_the_second_run_is_silent(desk: Desk) -> None:
    desk.tell(FIRST)
    before = len(desk.github.seen), len(desk.slack.asked)
    told = desk.tell(FIRST)
    assert (told.stacks[0].slack, told.stacks[0].issue, told.anything) == ("silent", "silent", False)
    assert (len(desk.github.seen), len(desk.slack.asked)) == before


def test_a_change_is_one_update(desk: Desk) -> None:
    desk.tell(FIRST)
    (told,) = desk.tell(SECOND).stacks
    assert (told.slack, told.issue) == ("replied", "edited")
    (opened,), (reply,) = desk.slack.opened, desk.slack.replies
    assert reply.thread == opened.ts
    assert opened.edits == 1
    assert "aws_b.b" in str(opened.blocks)
    assert "aws_b.b" in desk.issue.body
    assert "aws_a.a" not in desk.issue.body


def test_settled_drift_closes_the_issue_with_a_comment(desk: Desk) -> None:
    desk.tell(FIRST)
    (told,) = desk.tell(CLEAN).stacks
    assert (told.slack, told.issue, desk.issue.state) == ("settled", "closed", "closed")
    (comment,) = desk.github.said()
    assert f"[This run]({PAGE}) at commit ` bbbbbbbbbbbb `" in comment.body
    assert desk.slack.opened[0].text == "No drift in dev any more"
    assert "Settled" in str(desk.slack.replies[0].blocks)
    assert desk.tell(CLEAN).anything is False


def test_drift_that_is_back_opens_the_same_issue_again(desk: Desk) -> None:
    for drift in (FIRST, CLEAN):
        desk.tell(drift)
    (told,) = desk.tell(FIRST).stacks
    assert (told.slack, told.issue, desk.issue.state) == ("posted", "reopened", "open")
    assert len(desk.slack.opened) == 2
    desk.tell(CLEAN)
    assert len(desk.github.said()) == 2


@pytest.mark.parametrize(
    "unknown", [stack(status="skipped", reason="locked"), stack(status="error", error=BadInput("x"))]
)
def test_a_stack_that_was_not_looked_at_changes_nothing(desk: Desk, unknown: StackDrift) -> None:
    desk.tell(FIRST)
    assert desk.tell(unknown).anything is False
    assert desk.issue.state == "open"
    assert [entry.status for entry in desk.records.read("dev").history] == ["drift", unknown.status]


def test_a_persons_text_title_and_labels_stay(desk: Desk) -> None:
    desk.tell(FIRST)
    issue = desk.issue
    issue.title, issue.labels, issue.body = "Kim's", [], f"{issue.body}\n\nKim looks at it."
    desk.tell(SECOND)
    assert (issue.title, issue.labels) == ("Kim's", [])
    assert issue.body.endswith("Kim looks at it.")


def test_an_issue_that_a_person_closed_stays_closed_until_the_drift_changes(desk: Desk) -> None:
    desk.tell(FIRST)
    desk.issue.state = "closed"
    desk.tell(FIRST)
    assert desk.issue.state == "closed"
    desk.tell(SECOND)
    assert desk.issue.state == "open"


def test_an_issue_of_somebody_else_with_our_line_is_left_alone(desk: Desk) -> None:
    forged = Issue(
        number=1, repository="acme/fileflow", title="x", body="<!-- infragate:drift:dev -->", author="mallory"
    )
    desk.github.issues[1] = forged
    desk.tell(FIRST)
    assert forged.body == "<!-- infragate:drift:dev -->"
    assert desk.github.issues[2].author == BOT


def test_of_several_of_ours_the_lowest_stays_open(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.github.issues[number] = Issue(
            number=number, repository="acme/fileflow", title="x", body="<!-- infragate:drift:dev -->", author=BOT
        )
    desk.tell(FIRST)
    assert [issue.state for issue in desk.github.issues.values()] == ["open", "closed", "closed"]


def test_worse_drift_goes_to_the_other_channel(desk: Desk) -> None:
    desk.tell(FIRST)
    desk.tell(stack(item(severity=Severity.CRITICAL)))
    assert [said.channel for said in desk.slack.opened] == ["C0WARNING", "C0CRITICAL"]
    desk.tell(SECOND)
    assert desk.slack.replies[-1].thread == desk.slack.opened[-1].ts


def test_an_environment_may_have_channels_of_its_own(desk: Desk) -> None:
    desk.with_telling(own_slack={"dev": replace(CHANNELS, warning="#fileflow-alerts")})
    desk.tell(FIRST)
    assert desk.slack.messages[0].channel == "C0CRITICAL"


def test_a_pull_request_that_touches_the_stack_keeps_the_issue_away(desk: Desk) -> None:
    pull = desk.github.propose("c" * 40, files=("infra/envs/dev/main.tf",))
    (told,) = desk.tell(FIRST).stacks
    assert (told.slack, told.issue, told.reason) == ("posted", "held", "pull request #1 touches it")
    desk.github.merge(pull, "d" * 40)
    (told,) = desk.tell(FIRST).stacks
    assert (told.slack, told.issue) == ("silent", "opened")


@pytest.mark.parametrize(
    ("file", "fork"),
    [("README.md", None), ("infra/envs/prod/main.tf", None), ("infra/envs/dev/main.tf", "mallory/fileflow")],
)
def test_other_pull_requests_keep_no_issue_away(desk: Desk, file: str, fork: str | None) -> None:
    desk.github.propose("c" * 40, files=(file,), fork=fork)
    assert desk.tell(FIRST).stacks[0].issue == "opened"


def test_a_run_opens_a_few_issues_only_and_the_worst_first(desk: Desk) -> None:
    desk.with_telling(new_issues_per_run=1)
    worse = replace(stack(item(severity=Severity.HIGH)), environment="prod", directory="infra/envs/prod")
    told = desk.tell(FIRST, worse)
    assert [(one.environment, one.issue) for one in told.stacks] == [("dev", "held"), ("prod", "opened")]
    assert told.stacks[0].reason == "at most 1 issues are opened in a run; the next run opens it"
    assert desk.tell(FIRST, worse).stacks[0].issue == "opened"


@pytest.mark.parametrize("status", [410, 404])
def test_where_issues_are_off_slack_is_told_and_the_run_goes_on(desk: Desk, status: int) -> None:
    desk.github.faults = [Fault(path="/issues", status=status, message="Issues are disabled for this repo")]
    (told,) = desk.tell(FIRST).stacks
    assert (told.slack, told.issue) == ("posted", "failed")
    (warning,) = desk.warned
    assert f"the issue is not up to date: GitHub answered {status}" in warning


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path="postMessage", status=429, headers={"Retry-After": "600"}),
        Fault(path="postMessage", status=500),
        Fault(path="postMessage", status=200, body=b'{"ok": false, "error": "channel_not_found"}'),
        Fault(path="postMessage", status=302, headers={"Location": "https://evil.example/"}),
    ],
    ids=["429", "500", "channel", "redirect"],
)
def test_what_slack_refuses_is_a_warning_and_is_told_by_the_next_run(desk: Desk, fault: Fault) -> None:
    desk.slack.faults = [fault]
    (told,) = desk.tell(FIRST).stacks
    assert (told.slack, told.issue) == ("failed", "opened")
    assert "Slack is not told" in desk.warned[0]
    desk.slack.faults = []
    (told,) = desk.tell(FIRST).stacks
    assert (told.slack, told.issue) == ("posted", "silent")
    assert len(desk.slack.messages) == 1


def test_an_answer_of_slack_that_nobody_can_find_out_about_is_looked_for_by_the_next_run(desk: Desk) -> None:
    desk.slack.faults = [
        Fault(path="postMessage", times=1, took_effect=True, status=500),
        Fault(path="conversations", times=4, status=500),
    ]
    assert desk.tell(FIRST).stacks[0].slack == "unsure"
    desk.slack.faults = []
    assert desk.tell(FIRST).stacks[0].slack == "silent"
    assert desk.tell(SECOND).stacks[0].slack == "replied"
    assert len(desk.slack.opened) == 1


def test_while_slack_fails_the_message_of_a_run_that_did_not_end_stays_open(desk: Desk) -> None:
    desk.slack.faults = [Fault(path="postMessage", times=1, status=500), Fault(path="conversations", status=500)]
    assert [desk.tell(FIRST).stacks[0].slack for _ in range(3)] == ["unsure", "failed", "failed"]
    desk.slack.faults = []
    assert desk.tell(FIRST).stacks[0].slack == "posted"
    assert len(desk.slack.messages) == 1


def test_what_an_app_may_not_look_for_counts_as_told(desk: Desk) -> None:
    desk.slack.scopes = {"chat:write"}
    desk.slack.faults = [Fault(path="postMessage", times=1, status=500, took_effect=True)]
    assert [desk.tell(FIRST).stacks[0].slack for _ in range(3)] == ["unsure", "silent", "silent"]
    assert len(desk.slack.messages) == 1


def test_through_a_webhook_each_change_is_a_message(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFRAGATE_SLACK_TOKEN")
    for name, value in slack_server.webhook_environment(desk.slack).items():
        monkeypatch.setenv(name, value)
    for drift in (FIRST, FIRST, SECOND, CLEAN, CLEAN):
        desk.tell(drift)
    assert [said.text for said in desk.slack.messages] == [
        "Drift in dev: 1 difference, the worst medium",
        "Drift in dev: 1 difference, the worst medium",
        "No drift in dev any more",
    ]


def test_a_webhook_whose_answer_is_lost_is_not_used_again_for_this_change(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INFRAGATE_SLACK_TOKEN")
    for name, value in slack_server.webhook_environment(desk.slack).items():
        monkeypatch.setenv(name, value)
    desk.slack.faults = [Fault(times=1, cut=True, took_effect=True)]
    assert [desk.tell(FIRST).stacks[0].slack for _ in range(2)] == ["unsure", "silent"]
    assert len(desk.slack.messages) == 1


def test_without_credentials_nobody_is_told_and_the_history_is_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("INFRAGATE_SLACK_TOKEN", "GITHUB_TOKEN"):
        monkeypatch.delenv(name)
    (told,) = desk.tell(FIRST).stacks
    assert (told.slack, told.issue) == ("off", "off")
    assert len(desk.records.read("dev").history) == 1


def test_a_bucket_that_cannot_be_reached_is_a_warning(desk: Desk) -> None:
    bucket = desk.project.state.bucket
    desk.project = replace(desk.project, state=replace(desk.project.state, bucket="no-such-bucket"))
    (told,) = desk.tell(FIRST).stacks
    assert (told.slack, told.issue) == ("failed", "failed")
    assert bucket not in desk.warned[0]
    assert desk.slack.messages == []


def test_a_record_that_nobody_can_read_is_begun_anew(desk: Desk) -> None:
    desk.tell(FIRST)
    s3 = desk.account.s3(desk.project.state.region)
    s3.put_object(Bucket=desk.project.state.bucket, Key="fileflow/drift/dev.json", Body=b"{torn")
    (told,) = desk.tell(FIRST).stacks
    assert told.issue == "unchanged"
    assert "is unusable, so a new one is begun" in desk.warned[0]


def test_the_answer_of_a_write_to_the_bucket_may_be_lost(desk: Desk) -> None:
    lost = Counter[str]()

    def loses(method: str, path: str) -> bool:
        lost[path] += method == "PUT"
        return method == "PUT" and lost[path] % 2 == 1

    desk.account.loses = loses
    (told,) = desk.tell(FIRST).stacks
    assert (told.slack, told.issue) == ("posted", "opened")
    assert len(desk.records.read("dev").history) == 1


@pytest.mark.parametrize("where", ["chat.postMessage", "/issues"])
@pytest.mark.parametrize("took_effect", [True, False])
def test_a_killed_run_is_followed_by_one_that_tells_the_rest(
    desk: Desk, where: str, took_effect: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    def killed(*_: object) -> None:
        raise KilledError

    # The run ends at that request, and nothing of it is cleaned up.
    faults = [Fault(method="POST", path=where, times=1, cut=True, took_effect=took_effect)]
    (desk.slack if "chat" in where else desk.github).faults = faults
    with monkeypatch.context() as patch:
        patch.setattr(clock, "sleep", killed)
        patch.setattr(telling._Teller, "_release", lambda *_: None)
        with pytest.raises(KilledError):
            desk.tell(FIRST)
    assert desk.tell(FIRST).stacks[0].slack == "elsewhere"
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    desk.tell(FIRST)
    assert len(desk.slack.messages) == 1
    assert desk.issue.state == "open"
    assert desk.records.read("dev").claim is None


def test_without_the_role_nobody_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = replace(desk.account.cloud, endpoint="http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    told = telling.run(
        report(FIRST),
        root=desk.root,
        project=desk.project,
        cloud=cloud,
        actor=Actor(name="kim", pull_request=None),
        texts=drift_texts.of_run(None),
        warn=lambda text: desk.warned.append(str(text)),
    )
    assert [(one.slack, one.issue) for one in told.stacks] == [("failed", "failed")]
    assert desk.warned[0].startswith("nothing is told, the records of drift cannot be reached: cannot assume")
    assert desk.slack.messages == []


def test_the_drift_of_a_sandbox_is_told_to_nobody_real(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Practice(Cloud):
        concerns_people = False

    sandbox = Practice(name="sandbox")
    telling.refuse_real_people(sandbox)
    monkeypatch.setenv("INFRAGATE_SLACK_API", "https://slack.com/api")
    with pytest.raises(BadInput, match="drift of the sandbox would be told to people") as caught:
        telling.refuse_real_people(sandbox)
    telling.refuse_real_people(desk.account.cloud)
    assert "Slack" in str(caught.value.fix)
    monkeypatch.delenv("INFRAGATE_SLACK_TOKEN")
    monkeypatch.delenv("GITHUB_API_URL")
    with pytest.raises(BadInput) as caught:
        telling.refuse_real_people(sandbox)
    assert "GITHUB_TOKEN" in str(caught.value.fix)


def raced(desk: Desk, number: int, chance: random.Random | None) -> str:
    """So many runs at once; what they said of failures."""
    kinds: list[dict[str, Any]] = [
        {"status": 502, "message": "Bad Gateway"},
        {"status": 502, "message": "Bad Gateway", "took_effect": True},
        {"cut": True},
        {"cut": True, "took_effect": True},
        {"delay": 0.05},
        {"status": 429, "message": "slow down", "headers": {"Retry-After": "1"}},
    ]
    guard = threading.Lock()

    def fault(*_: str) -> Fault | None:
        with guard:
            hits = chance is not None and chance.random() < 0.3
            return Fault(**chance.choice(kinds)) if chance and hits else None

    tokens = [f"{TOKEN}-{racer}" for racer in range(number)]
    desk.github.accounts |= dict.fromkeys(tokens, Account(login=BOT))
    desk.github.chance, desk.slack.chance = fault, fault
    if chance:
        desk.account.loses = lambda _method, _path: chance.random() < 0.1
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("racing_tellings.py")), str(number), desk.account.url],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(projects.ROOT / "src"), str(projects.ROOT)]),
            "INFRAGATE_ROOT": str(desk.root),
            "INFRAGATE_STATE": os.environ["INFRAGATE_STATE"],
            **client_environment(desk.github),
            **slack_server.bot_environment(desk.slack),
        },
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.stdout.split() == ["0"] * number, done.stderr
    desk.github.chance = desk.slack.chance = None
    desk.account.loses = lambda _method, _path: False
    return done.stderr


def test_runs_at_the_same_moment_tell_once(desk: Desk) -> None:
    raced(desk, 6, None)
    assert len(desk.slack.messages) == 1
    assert desk.issue.state == "open"


def test_twenty_runs_at_once_with_random_faults_tell_once(desk: Desk) -> None:
    raced(desk, RACERS, random.Random(7))
    desk.tell(stack(item()))  # what failed is told by the next run
    assert len(desk.slack.messages) == 1
    assert sum(issue.state == "open" for issue in desk.github.issues.values()) == 1
    desk.tell(CLEAN)
    assert [issue.state for issue in desk.github.issues.values()] == ["closed"] * len(desk.github.issues)
