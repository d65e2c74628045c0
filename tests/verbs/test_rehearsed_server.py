"""`rehearse --pull-request` where it does not begin, and the process of its Atlantis server (a stand-in for the program)."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import filelock
import pytest
from tests.e2e import product
from tests.verbs.world import World

from github_emulator import server as github_server
from github_emulator.github import GitHub
from infragate.adapters.local import environments_file, own_folder
from infragate.adapters.process import children
from infragate.domain.errors import ToolFailed
from infragate.sandbox import atlantis_server
from infragate.sandbox.atlantis_server import AtlantisServer
from infragate.sandbox.drift_job import DriftJob
from infragate.sandbox.pull_requests import PullRequests
from slack_emulator.slack import Slack

REHEARSE = ("rehearse", "--pull-request")
FAKE = Path(__file__).with_name("fake_atlantis.py")


# ---- where it does not begin ---------------------------------------------------------------------------------------


def test_without_the_program_it_says_which_command_installs_it(unapplied: World) -> None:
    done = unapplied.run(*REHEARSE)
    assert done.code == 4
    assert "atlantis" in done.error[0]
    assert done.error[2] == "fix: infragate tools-install --tool atlantis"


def test_a_project_without_atlantis_is_told_what_to_add(unapplied: World) -> None:
    file = unapplied.root / "infra" / "environments.yaml"
    before = file.read_text()
    file.write_text(re.sub(r"(?m)^atlantis:\n(?:  .*\n)+", "", before))
    try:
        done = unapplied.run(*REHEARSE)
    finally:
        file.write_text(before)
    assert done.code == 3
    assert "no section `atlantis`" in done.error[0]


def test_one_rehearsal_of_a_checkout_runs_at_a_time(unapplied: World) -> None:
    with filelock.FileLock(own_folder.of(unapplied.root) / "rehearsal.lock"):
        done = unapplied.run("rehearse")
    assert done.code == 6
    assert "another rehearsal of this checkout is running" in done.error[0]


# ---- the server's process ------------------------------------------------------------------------------------------


@pytest.fixture
def github() -> Iterator[GitHub]:
    with github_server.serving() as running:
        yield running


@pytest.fixture
def server(tmp_path: Path, github: GitHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[AtlantisServer]:
    """A server of the stand-in, which was not started yet."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (
        ("atlantis", f'exec "{sys.executable}" "{FAKE}" "$@"'),
        ("terraform", """echo '{"terraform_version": "1.11.4"}'"""),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(programs), os.environ["PATH"]]))
    monkeypatch.setenv("INFRAGATE_CACHE", str(tmp_path / "cache"))
    origin = tmp_path / "origin"
    for part in ("infra/environments.yaml", "policy/tools/tools.lock"):
        (origin / part).parent.mkdir(parents=True)
        shutil.copy(product.ROOT / part, origin / part)
    made = AtlantisServer(
        folder=tmp_path / "server", origin=origin, project=environments_file.load(origin), github=github
    )
    yield made
    atlantis_server.remove(made.folder)


def behaving(server: AtlantisServer, how: str) -> AtlantisServer:
    return AtlantisServer(
        folder=server.folder,
        origin=server.origin,
        project=server.project,
        github=server.github,
        variables={"FAKE_ATLANTIS": how},
    )


def child(server: AtlantisServer) -> int:
    return int((server.folder / "home" / "child.pid").read_text())


def test_its_end_is_the_end_of_what_it_has_started(server: AtlantisServer) -> None:
    server.start()
    first, second = server.pid, child(server)
    assert first is not None
    server.stop()
    assert server.pid is None
    product.until(lambda: not children.alive(first) and not children.alive(second))


def test_a_server_that_a_killed_run_left_behind_is_ended_and_its_folders_are_removed(server: AtlantisServer) -> None:
    server.start()
    pid = server.pid
    assert pid is not None
    kept = own_folder.of(server.clone(1))
    atlantis_server.remove(server.folder)
    product.until(lambda: not children.alive(pid))
    assert not server.folder.exists()
    assert not kept.exists()


def test_a_server_that_ends_at_once_is_told_with_the_end_of_its_log(server: AtlantisServer) -> None:
    with pytest.raises(ToolFailed, match="initializing server: no such thing") as failed:
        behaving(server, "ends at once").start()
    assert failed.value.where == str(server.log)


def test_a_server_that_dies_is_not_waited_for(server: AtlantisServer) -> None:
    mortal = behaving(server, "ends with the first event")
    mortal.start()
    pull = server.github.propose("a" * 40, repository=mortal.repository)
    with pytest.raises(ToolFailed, match="the Atlantis server ended"):
        PullRequests(server=mortal).opened(pull)


def test_its_variables_are_built_and_not_inherited(server: AtlantisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller's account and pull request do not reach the steps; the user's proxies do."""
    monkeypatch.setenv("AWS_PROFILE", "prod")
    monkeypatch.setenv("INFRAGATE_PULL_REQUEST", "7")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    server.start()
    lines = Path(f"/proc/{server.pid}/environ").read_bytes().split(b"\0")
    variables = dict(line.decode().partition("=")[::2] for line in lines if line)
    assert not {"AWS_PROFILE", "INFRAGATE_PULL_REQUEST"} & set(variables)
    assert variables["HTTPS_PROXY"] == "http://proxy.example.com:3128"
    assert "127.0.0.1" in variables["NO_PROXY"].split(",")
    assert variables["HOME"] == str(server.folder / "home")


def test_a_run_of_drift_that_fails_is_told_with_its_error(server: AtlantisServer) -> None:
    with pytest.raises(ToolFailed, match=r"drift ended with 3: .*nowhere"):
        DriftJob(server=server, slack=Slack()).run("nowhere")
