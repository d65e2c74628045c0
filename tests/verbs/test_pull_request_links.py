"""What the gate says about the text of a pull request, with the real client and a GitHub of our own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from tests.e2e import product
from tests.verbs.test_gate_verb import order, rules
from tests.verbs.world import World

from github_emulator.faults import Fault
from github_emulator.github import GitHub
from github_emulator.server import client_environment, serving
from infragate.adapters.local import environments_file
from infragate.domain.environment import Project
from infragate.domain.finding import Finding, Severity
from infragate.usecases.gate import pull_request_links
from infragate.usecases.gate.pull_request_links import Links

WHOLE = "- Change: https://acme.atlassian.net/browse/FF-12\n- Runbook: none\n- Exception: none\n"
RULES = "schema_version: 1\ndefault: {required: [code]}\n"


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """With one pull request, and this process as its client."""
    with serving() as running:
        for name, value in client_environment(running).items():
            monkeypatch.setenv(name, value)
        running.propose("a" * 40)
        yield running


@pytest.fixture(scope="module")
def project() -> Project:
    return environments_file.load(product.ROOT)


def ids(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.id for finding in findings]


def test_a_text_with_all_links_lacks_nothing(github: GitHub, project: Project) -> None:
    github.pull().body = WHOLE

    assert pull_request_links.read(project, "1") == Links(missing=())


def test_each_link_that_the_text_lacks_is_a_warning(github: GitHub, project: Project) -> None:
    links = pull_request_links.read(project, "1")

    assert links.missing == ("Change", "Runbook", "Exception")
    assert ids(links.findings) == ["pull-request/missing-link"] * 3
    assert {finding.severity for finding in links.findings} == {Severity.LOW}
    assert [finding.message.rpartition(" ")[2] for finding in links.findings] == list(links.missing)


def test_nobody_is_asked_without_a_pull_request(github: GitHub, project: Project) -> None:
    assert pull_request_links.read(project, None) == Links()
    assert github.seen == []


def test_nobody_is_asked_without_a_token(github: GitHub, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")

    assert pull_request_links.read(project, "1") == Links()
    assert github.seen == []


def test_a_text_that_cannot_be_read_is_a_warning_and_not_a_text_with_links(github: GitHub, project: Project) -> None:
    github.faults.append(Fault(path="/pulls/1", status=404, times=99))

    links = pull_request_links.read(project, "1")
    (finding,) = links.findings

    assert (finding.id, finding.severity) == ("pull-request/unread", Severity.LOW)
    assert links.missing is None


def test_a_github_that_does_not_answer_holds_the_gate_up_for_ten_seconds_at_most(
    github: GitHub, project: Project
) -> None:
    github.faults.append(Fault(delay=30))
    begun = time.monotonic()

    (finding,) = pull_request_links.read(project, "1").findings

    assert time.monotonic() - begun < 10
    assert finding.message == "the text of pull request 1 could not be read: GitHub cannot be reached"


def test_the_gate_shows_what_the_text_lacks_and_allows_the_plan_all_the_same(dev: World, github: GitHub) -> None:
    rules(dev, RULES)
    order(dev, "create")
    github.pull().body = WHOLE.replace("Runbook: none", "Runbook:")

    result = dev.ok("gate", "--env", "dev", "--json", INFRAGATE_PULL_REQUEST="1", **client_environment(github)).document

    shown = [finding for finding in result["result"]["findings"] if finding["engine"] == "pull-request"]
    assert [finding["message"] for finding in shown] == ["pull request 1 names no link for Runbook"]
    assert result["result"]["verdict"]["decision"] == "allow"
    assert result["result"]["acceptance"][-1]["detail"] == "missing: Runbook"
