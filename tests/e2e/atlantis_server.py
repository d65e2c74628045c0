"""The Atlantis server of the tests: as a rehearsal runs it, for a checkout of theirs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.e2e import product
from tests.e2e.product import Product

from github_emulator.github import GitHub
from github_emulator.model import Comment, Pull
from github_emulator.webhooks import Hook
from infragate.domain.front_doors.sections import FrontDoors
from infragate.sandbox import atlantis_server
from infragate.sandbox.atlantis_server import AtlantisServer
from infragate.sandbox.daemons import HOST
from infragate.sandbox.pull_requests import PullRequests

__all__ = ["HOST", "Atlantis", "running"]


@dataclass(frozen=True, kw_only=True)
class Atlantis(PullRequests):
    """The pull requests of a checkout, and the server that works on them."""

    origin: Product

    @property
    def github(self) -> GitHub:
        return self.server.github

    @property
    def hook(self) -> Hook:
        return self.server.hook

    @property
    def folder(self) -> Path:
        return self.server.folder

    @property
    def pid(self) -> int:
        assert self.server.pid is not None
        return self.server.pid

    def asked(self, pull: Pull, words: str, *, user: str = "bob") -> str:
        return self.commented(pull, words, user=user)

    def said(self, pull: Pull) -> list[Comment]:
        return self.github.said(pull.number)

    def clone(self, pull: Pull) -> Path:
        return self.server.clone(pull.number)

    def kill(self) -> None:
        """End the server alone, and at once: its step runs on."""
        os.kill(self.pid, signal.SIGKILL)
        product.until(lambda: self.server.pid is None)


@contextmanager
def running(
    folder: Path,
    origin: Product,
    github: GitHub,
    *,
    extra: Mapping[str, str] | None = None,
    doors: FrontDoors | None = None,
) -> Iterator[Atlantis]:
    """A server for the repository of `origin`; with its front doors, or with others."""
    variables = {"INFRAGATE_CACHE": os.environ[product.CACHE], **product.GO, **(extra or {})}
    project = replace(origin.project, front_doors=doors or origin.project.front_doors)
    server = AtlantisServer(folder=folder, origin=origin.root, project=project, github=github, variables=variables)
    try:
        server.start()
        yield Atlantis(server=server, origin=origin)
    finally:
        server.stop()
        atlantis_server.remove(folder)
