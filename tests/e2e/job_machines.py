"""A repository with pull requests, and machines of GitHub Actions that run their jobs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.e2e import product
from tests.e2e.product import SCRIPT, Product
from tests.e2e.workflow_job import Runner

from github_emulator.github import REPOSITORY, TOKEN, GitHub
from github_emulator.model import Pull
from github_emulator.server import client_environment

INV = '#!/bin/sh\nexec "{script}" "$@"\n'


def with_wrapper(origin: Product) -> None:
    """Put a short `inv` in the place of the wrapper, which would make an environment."""
    inv = origin.root / "inv"
    inv.write_text(INV.format(script=SCRIPT))
    inv.chmod(0o755)


@dataclass
class Actions:
    """The repository, what GitHub knows, and machines that run jobs.

    Attributes:
        extra: variables of each machine.
    """

    origin: Product
    github: GitHub
    folder: Path
    extra: Mapping[str, str] = field(default_factory=dict)

    def propose(self, branch: str, name: str, text: str) -> Pull:
        """A pull request that writes one file."""
        self.origin.git("switch", "-q", "-C", branch, "main")
        (self.origin.root / name).write_text(text)
        commit = self.origin.commit(branch)
        self.origin.git("switch", "-q", "main")
        return self.github.propose(commit, author="alice", head=branch, base="main", files=(name,))

    def runner(self, commit: str, **facts: str) -> Runner:
        """A clean clone at a commit."""
        folder = self.folder / f"machine-{len(list(self.folder.iterdir()))}"
        clone, home = folder / "work", folder / "home"
        home.mkdir(parents=True)
        self.origin.git("clone", "-q", "--no-checkout", str(self.origin.root), str(clone))
        self.origin.git("-C", str(clone), "checkout", "-q", "--detach", commit)
        variables = {
            **{name: os.environ[name] for name in product.KEPT if name in os.environ},
            **{name: value for name, value in client_environment(self.github).items() if name != "GITHUB_TOKEN"},
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "alice",
            "GITHUB_WORKSPACE": str(clone),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_RUN_ID": "17",
            "INFRAGATE_CACHE": os.environ[product.CACHE],
            "INFRAGATE_SANDBOX": "1",
            "INFRAGATE_SANDBOX_OF": str(self.origin.root),  # one for all machines, ended with it
            **self.extra,
        }
        facts = {"github.token": TOKEN, "matrix.environment": "dev", **facts}
        return Runner(clone=clone, folder=folder, variables=variables, facts=facts)

    def of(self, pull: Pull, env: str = "dev") -> Runner:
        """The machine of a pull request's jobs; only those have a base branch."""
        facts = {"github.event.pull_request.number": str(pull.number), "matrix.environment": env}
        runner = self.runner(pull.head_sha, **facts)
        return replace(runner, variables={**runner.variables, "GITHUB_BASE_REF": pull.base_ref})
