"""A real Atlantis server, the emulated GitHub in front of it, and a repository of which pull requests are opened."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from tests.e2e import product
from tests.e2e.emulator_world import free_port
from tests.e2e.product import SCRIPT, Product

from github_emulator import webhooks
from github_emulator.github import BOT, REPOSITORY, TOKEN, GitHub
from github_emulator.model import Comment, Pull
from github_emulator.server import client_environment
from github_emulator.webhooks import Hook
from infragate.adapters.tools import tool_store

SECRET = "webhook-secret-of-the-tests"
HOST = "127.0.0.1"
CLONES = f"http://{HOST}:9"  # where GitHub says that its repositories are; git is sent to a folder instead
KEPT = ("XDG_DATA_DIRS", "TF_CLI_CONFIG_FILE", "INFRAGATE_STATE", "INFRAGATE_ISOLATION_REQUIRED")
PEOPLE = {f"GIT_{who}_{what}": "kim@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass
class Atlantis:
    """The server's process, its folders, and how people use it."""

    folder: Path
    origin: Product
    github: GitHub
    extra: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    # ---- the server ----------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def hook(self) -> Hook:
        return Hook(github=self.github, url=self.url, secret=SECRET)

    @property
    def log(self) -> Path:
        return self.folder / "atlantis.log"

    def environment(self) -> dict[str, str]:
        """Its secrets are where a careless set-up has them: in the environment."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        trusted = client_environment(self.github)
        return {
            **kept,
            "PATH": os.pathsep.join([str(SCRIPT.parent), os.environ["PATH"]]),
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "SSL_CERT_FILE": trusted["SSL_CERT_FILE"],
            "REQUESTS_CA_BUNDLE": trusted["REQUESTS_CA_BUNDLE"],
            "ATLANTIS_GH_TOKEN": TOKEN,
            "ATLANTIS_GH_WEBHOOK_SECRET": SECRET,
            "ATLANTIS_GH_HOSTNAME": self.github.url.removeprefix("https://"),
            "INFRAGATE_CACHE": os.environ[product.CACHE],
            "INFRAGATE_INSTALL": "never",
            "INFRAGATE_SANDBOX": "1",
            "INFRAGATE_SANDBOX_OF": str(self.origin.root),
            **self.extra,
        }

    def start(self) -> None:
        program = tool_store.program("atlantis", product.ROOT).path
        flags = ["--port", str(self.port), "--data-dir", str(self.folder / "data"), "--atlantis-url", self.url]
        flags += ["--gh-user", BOT, "--repo-allowlist", f"{HOST}/{REPOSITORY}"]
        flags += ["--repo-config", str(self.folder / "repos.yaml"), "--checkout-strategy", "merge"]
        flags += ["--tf-download=false", "--log-level", "info"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(program), "server", *flags, "--fail-on-pre-workflow-hook-error"],
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        product.until(self.answers)

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def stop(self, number: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(60)

    # ---- what people do ------------------------------------------------------------------------------------------

    def propose(self, branch: str, files: Mapping[str, str], *, author: str = "alice", base: str = "main") -> Pull:
        """A pull request whose branch has these files otherwise than `main`; Atlantis is not told yet."""
        commit = self.write(branch, files, start="main")
        return self.github.propose(commit, author=author, head=branch, base=base, files=tuple(files))

    def write(self, branch: str, files: Mapping[str, str], *, start: str | None = None) -> str:
        """A commit on a branch, pushed; its id."""
        git = self.origin.git
        git("checkout", "-q", *(("-B", branch, start) if start else (branch,)))
        for name, text in files.items():
            path = self.origin.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        commit = self.origin.commit(branch)
        git("push", "-q", "--force", "bare", f"HEAD:refs/heads/{branch}")
        git("checkout", "-q", "main")
        return commit

    def opened(self, pull: Pull) -> str:
        """What Atlantis comments when it hears of the pull request."""
        return self.answer(pull, lambda: self.hook.pull_request(pull, "opened"))

    def pushed(self, pull: Pull, files: Mapping[str, str]) -> str:
        commit = self.write(pull.head_ref, files)
        return self.answer(pull, lambda: self.hook.push(pull, commit))

    def asked(self, pull: Pull, words: str, *, user: str = "bob") -> str:
        """What it answers to a comment."""
        return self.answer(pull, lambda: self.hook.comment(pull, user, words))

    def answer(self, pull: Pull, act: Callable[[], requests.Response]) -> str:
        before = webhooks.newest_comment(self.github)
        assert act().status_code == 200
        try:
            found = webhooks.wait_comment(self.github, pull, "", author=BOT, after=before, timeout=120)
        except TimeoutError as error:
            raise AssertionError(self.log.read_text()[-4000:]) from error
        self.hook.wait_idle()
        return found.body

    def said(self, pull: Pull) -> list[Comment]:
        return self.github.said(pull.number)

    def close(self, pull: Pull) -> None:
        """Close it, so that its locks are free."""
        pull.state = "closed"
        assert self.hook.pull_request(pull, "closed").status_code == 200
        time.sleep(0.2)
        self.hook.wait_idle()

    # ---- what is left behind -------------------------------------------------------------------------------------

    def clone(self, pull: Pull) -> Path:
        return self.folder / "data" / "repos" / pull.repository / str(pull.number) / "default"

    def status(self, pull: Pull, context: str) -> tuple[str, str]:
        """The newest status of that name at the head of the pull request."""
        found = [one for one in self.github.statuses if (one.sha, one.context) == (pull.head_sha, context)]
        return (found[-1].state, found[-1].description) if found else ("", "")


@contextmanager
def running(folder: Path, origin: Product, github: GitHub) -> Iterator[Atlantis]:
    """A server for the repository of `origin`, whose branches are pushed to a bare one."""
    home, bare = folder / "home", folder / "git" / f"{REPOSITORY}.git"
    home.mkdir(parents=True)
    origin.git("clone", "-q", "--bare", str(origin.root), str(bare))
    origin.git("remote", "add", "bare", str(bare))
    (home / ".gitconfig").write_text(
        f'[url "file://{folder}/git/"]\n\tinsteadOf = {CLONES.replace("://", f"://{BOT}:{TOKEN}@")}/\n'
        '[protocol "file"]\n\tallow = always\n'
    )
    shutil.copy(origin.root / "workflows" / "atlantis" / "repos.yaml", folder)
    github.clone_url, github.written_url = CLONES, f"{github.url}/api/v3"
    server = Atlantis(folder, origin, github)
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()
        shutil.rmtree(folder / "data", ignore_errors=True)
