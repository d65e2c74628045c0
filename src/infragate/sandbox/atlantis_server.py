"""A real Atlantis server on loopback: for one checkout, before the emulator of GitHub and the sandbox of that checkout."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import certifi

from github_emulator import certificates
from github_emulator import server as github_server
from github_emulator.github import BOT, TOKEN, GitHub
from github_emulator.webhooks import Hook
from infragate.adapters.local import clock, files, own_folder, settings
from infragate.adapters.process import children
from infragate.adapters.tools import tool_store
from infragate.domain.environment import Project
from infragate.domain.errors import ToolFailed
from infragate.domain.front_doors import atlantis_files
from infragate.sandbox import daemons
from infragate.sandbox.daemons import HOST

RECORD, DATA = "atlantis.pid", "data"
CLONES = f"http://{HOST}:9"  # where GitHub says that its repositories are; git is sent to the checkout instead
START_SECONDS = 60.0
# Settings of the run that hold for the server's steps too; what decides about trust is not among them.
PASSED = tuple(
    f"INFRAGATE_{name}"
    for name in ("ISOLATION", "ISOLATION_REQUIRED", "ISOLATION_PORTS", "SANDBOX_MODULES", "PROVIDER_MIRROR")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtlantisServer:
    """The server of a folder; it is running after `start`, until `stop`.

    Attributes:
        folder: of its own: HOME, settings, clones, log.
        origin: the checkout whose repository it clones and whose sandbox its steps use.
        variables: added to its environment.
        secret: of its webhook and its pages: Atlantis listens on all of the machine's addresses.
    """

    folder: Path
    origin: Path
    project: Project
    github: GitHub
    variables: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=daemons.free_port)
    secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    @property
    def repository(self) -> str:
        return f"{self.project.github.owner}/{self.project.github.repository}"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def hook(self) -> Hook:
        return Hook(github=self.github, url=self.url, secret=self.secret)

    @property
    def log(self) -> Path:
        return self.folder / "atlantis.log"

    @property
    def data(self) -> Path:
        return self.folder / DATA

    @property
    def pid(self) -> int | None:
        """The process that was started last, if it still runs."""
        return _pid(self.folder)

    def clone(self, number: int) -> Path:
        """Where it keeps a pull request."""
        return self.data / "repos" / self.repository / str(number) / "default"

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            ToolFailed: Atlantis or Terraform is not installed, or the server ended.
        """
        program = tool_store.program("atlantis", self.origin).path
        environment = self.environment()
        self._write_settings()
        argv = [str(program), "server", "--port", str(self.port), "--data-dir", str(self.data)]
        argv += ["--atlantis-url", self.url, "--gh-user", BOT, "--repo-allowlist", f"{HOST}/{self.repository}"]
        argv += ["--repo-config", str(self.folder / "repos.yaml"), "--checkout-strategy", "merge"]
        argv += ["--tf-download=false", "--log-level", "info", "--fail-on-pre-workflow-hook-error"]
        if (atlantis := self.project.front_doors.atlantis) is not None and atlantis.policy_check:
            argv.append("--enable-policy-checks")
        pid = children.spawn_daemon(argv, env=environment, log=self.log)
        files.write(self.folder / RECORD, f"{pid}\n", mode=0o600)
        deadline = clock.monotonic() + START_SECONDS
        while not self.hook.is_answered():
            self.refuse_dead()
            if clock.monotonic() > deadline:
                self.stop()
                raise self._failure(f"the Atlantis server did not answer within {START_SECONDS:.0f} s")
            clock.sleep(0.05)

    def refuse_dead(self) -> None:
        """Refuse to wait for a server that has ended."""
        if self.pid is None:
            raise self._failure("the Atlantis server ended")

    def stop(self) -> None:
        """End it and the steps that it runs; nothing happens if it does not run."""
        if (pid := self.pid) is not None:
            daemons.end(pid, group=True)

    def _write_settings(self) -> None:
        home = files.private_folder(self.folder / "home")
        sent = f"{CLONES.replace('://', f'://{BOT}:{TOKEN}@')}/{self.repository}.git"
        git = f'[url "file://{self.origin}"]\n\tinsteadOf = {sent}\n[protocol "file"]\n\tallow = always\n'
        files.write(home / ".gitconfig", git, mode=0o600)
        # Clients of GitHub trust the emulator, and providers are still downloaded from the registry.
        known = Path(settings.read("SSL_CERT_FILE") or certifi.where()).read_bytes()
        files.write(self.folder / "ca.pem", certificates.loopback().authority.read_bytes() + known)
        here = replace(self.project, github=replace(self.project.github, host=HOST))
        files.write(self.folder / "repos.yaml", atlantis_files.server_file(here))
        self.github.clone_url, self.github.written_url = CLONES, f"{self.github.url}/api/v3"
        self.github.repositories.add(self.repository)

    def environment(self) -> dict[str, str]:
        """The variables of it and its steps. Its secrets are where most servers have them: in the environment."""
        own = Path(sys.executable).parent  # the console script is there
        terraform = tool_store.program("terraform", self.origin).path.parent
        authority, users_terraform = str(self.folder / "ca.pem"), settings.terraform_cli_config()
        proxied = ",".join(filter(None, (settings.read("NO_PROXY") or settings.read("no_proxy"), HOST, "localhost")))
        inherited = settings.child_environment(**settings.subset(PASSED))
        return {
            **{name: value for name, value in inherited.items() if name != "XDG_CONFIG_HOME"},
            **({"TF_CLI_CONFIG_FILE": str(users_terraform)} if users_terraform else {}),
            "PATH": os.pathsep.join([str(own), str(terraform), settings.search_path()]),
            "HOME": str(self.folder / "home"),
            "XDG_DATA_HOME": str(settings.data_folders()[0]),
            "NO_PROXY": proxied,
            "no_proxy": proxied,
            "SSL_CERT_FILE": authority,
            "REQUESTS_CA_BUNDLE": authority,
            "ATLANTIS_GH_TOKEN": TOKEN,
            "ATLANTIS_GH_WEBHOOK_SECRET": self.secret,
            "ATLANTIS_WEB_BASIC_AUTH": "true",
            "ATLANTIS_WEB_USERNAME": BOT,
            "ATLANTIS_WEB_PASSWORD": self.secret,
            "ATLANTIS_GH_HOSTNAME": self.github.url.removeprefix("https://"),
            "INFRAGATE_CACHE": str(settings.cache_folder()),
            "INFRAGATE_STATE": str(settings.state_folder()),
            "INFRAGATE_INSTALL": "never",
            "INFRAGATE_SANDBOX": "1",
            "INFRAGATE_SANDBOX_OF": str(self.origin),
            **self.variables,
        }

    def _failure(self, what: str) -> ToolFailed:
        lines = [line.strip() for line in (files.recall(self.log) or "").splitlines() if line.strip()]
        tail = "; ".join(lines[-3:])[-500:] or "its log is empty"
        return ToolFailed(f"{what}: {tail}", where=str(self.log), fix="run it again")


@contextmanager
def running(
    folder: Path, origin: Path, project: Project, *, variables: Mapping[str, str] | None = None, keep: bool = False
) -> Iterator[AtlantisServer]:
    """The emulator of GitHub and a server before it, while the block runs.

    Args:
        folder, origin, variables: as in AtlantisServer.
        keep: leave the folder.

    Raises:
        ToolFailed: as `AtlantisServer.start`.
    """
    with github_server.serving() as github:
        server = AtlantisServer(
            folder=folder, origin=origin, project=project, github=github, variables=dict(variables or {})
        )
        try:
            server.start()
            yield server
        finally:
            server.stop()
            if not keep:
                remove(folder)


def remove(folder: Path) -> None:
    """End the server of a folder, if a killed run has left it behind, and remove the folder and its steps' data."""
    if (pid := _pid(folder)) is not None:
        daemons.end(pid, group=True)
    for entry in list(own_folder.recorded()):  # also of clones that Atlantis has removed
        if entry.root.is_relative_to((folder / DATA).resolve()):
            own_folder.remove(entry.folder)
    shutil.rmtree(folder, ignore_errors=True)


def _pid(folder: Path) -> int | None:
    """The recorded process, if it is still the server of this folder."""
    text = (files.recall(folder / RECORD) or "").strip()
    pid = int(text) if text.isascii() and text.isdigit() else None
    return pid if daemons.is_ours(pid, ("server", str(folder / DATA))) else None
