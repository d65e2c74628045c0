"""`drift --tell` over a recorded Terraform: it tells, keeps the history, and never changes how `drift` ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.e2e.product import VALIDATOR
from tests.verbs import fake_aws
from tests.verbs.test_drift_verb import BY_HAND
from tests.verbs.world import World

from github_emulator.faults import Fault
from github_emulator.github import TOKEN, GitHub
from github_emulator.server import client_environment
from github_emulator.server import serving as serving_github
from slack_emulator import server as slack_server
from slack_emulator.slack import TOKEN as SLACK_TOKEN
from slack_emulator.slack import Slack

CHANNELS = "slack: {critical: '#fileflow-alerts', warning: '#fileflow-drift'}\n"


@dataclass
class Teller:
    world: World
    github: GitHub
    slack: Slack

    def document(self, *flags: str) -> dict[str, Any]:
        done = self.world.run("drift", "--json", *flags)
        VALIDATOR.validate(done.document)
        assert not any(secret in done.out + done.err for secret in (TOKEN, SLACK_TOKEN))
        return dict(done.document)


@pytest.fixture
def teller(dev: World) -> Iterator[Teller]:
    """stg was changed by hand; dev and prod are Stacks without a difference."""
    dev.record("by-hand", "settled", **BY_HAND)
    dev.order(stg="by-hand", prod="settled")
    with (dev.root / "infra" / "environments.yaml").open("a") as settings:
        settings.write(CHANNELS)
    with serving_github() as github, slack_server.serving() as slack:
        before = dict(dev.extra)
        dev.extra |= {**client_environment(github), **slack_server.bot_environment(slack)}
        yield Teller(dev, github, slack)
        dev.extra.clear()
        dev.extra.update(before)
    for name in fake_aws.objects("fileflow/drift/"):
        fake_aws.client("s3").delete_object(Bucket=fake_aws.BUCKET, Key=name)


def test_drift_is_told_and_the_document_says_so(teller: Teller) -> None:
    document = teller.document("--tell")
    told = {entry["environment"]: entry for entry in document["result"]["told"]}
    assert (told["stg"]["slack"], told["stg"]["issue"]) == ("posted", "opened")
    assert (told["dev"]["slack"], told["dev"]["issue"]) == ("silent", "silent")
    assert told["stg"]["issue_url"] == "https://github.com/acme/fileflow/issues/1"
    assert [entry["causes"] for entry in told["stg"]["history"]] == [{"out-of-band": 1}]
    assert [issue.title for issue in teller.github.issues.values()] == ["Drift: stg (infra/envs/stg)"]
    assert [said.text for said in teller.slack.messages] == ["Drift in stg: 1 difference, the worst medium"]


def test_the_text_says_who_was_told(teller: Teller) -> None:
    text = teller.world.ok("drift", "--tell").out
    assert "stg: Slack posted; issue opened https://github.com/acme/fileflow/issues/1" in text
    assert "dev: Slack" not in text


def test_without_the_flag_nobody_is_told_and_nothing_is_kept(teller: Teller) -> None:
    assert teller.document()["result"]["told"] is None
    assert (teller.github.seen, teller.slack.asked, fake_aws.objects("fileflow/drift/")) == ([], [], [])


@pytest.mark.parametrize("flags", [(), ("--detailed-exitcode",)])
def test_a_failure_to_tell_changes_nothing_in_the_result(teller: Teller, flags: tuple[str, ...]) -> None:
    before = teller.document(*flags)
    teller.github.faults = [Fault(path="/issues", status=410, message="Issues are disabled for this repo")]
    teller.slack.faults = [Fault(path="postMessage", status=200, body=b'{"ok": false, "error": "is_archived"}')]
    after = teller.document("--tell", *flags)
    assert (after["exit_code"], after["status"]) == (before["exit_code"], before["status"])
    assert [entry["slack"] for entry in after["result"]["told"] if entry["environment"] == "stg"] == ["failed"]
    fingerprints = [[stack["fingerprint"] for stack in one["result"]["stacks"]] for one in (before, after)]
    assert fingerprints[0] == fingerprints[1]


def test_a_record_that_cannot_be_read_is_a_warning(teller: Teller) -> None:
    fake_aws.client("s3").put_object(
        Bucket=fake_aws.BUCKET, Key="fileflow/drift/stg.json", Body=b"{torn", ServerSideEncryption="aws:kms"
    )
    done = teller.world.run("drift", "--tell")
    assert done.code == 0
    assert "the record of drift at s3://acme-fileflow-tfstate/fileflow/drift/stg.json is unusable" in done.err
