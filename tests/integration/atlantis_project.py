"""A pull request on an Atlantis server without the server: a clone as it makes it, and the variables that its steps get."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.product import Done
from tests.integration import console
from tests.integration.world import World

from github_emulator.github import REPOSITORY, GitHub
from github_emulator.server import client_environment
from infragate.adapters.local import own_folder

DIRECTORY = "infra/envs/dev"
Edit = Callable[[Path], None]


@dataclass
class Project:
    """The clone of a pull request, and its steps.

    Attributes:
        origin: the repository on GitHub.
        work: the clone of the author.
    """

    world: World
    github: GitHub
    origin: Path
    clone: Path
    work: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def plan_file(self) -> Path:
        return self.clone / DIRECTORY / "dev-default.tfplan"

    @property
    def reports(self) -> Path:
        return own_folder.path(self.clone) / "atlantis" / "dev"

    def git(self, *words: str, folder: Path | None = None) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=kim", "-c", "user.email=kim@example.com", *words],
            cwd=folder or self.clone,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def step(self, *words: str, **more: str) -> Done:
        environment = self.world.environment(
            INFRAGATE_ISOLATION="none-with-trusted-root",
            INFRAGATE_INSTALL="never",
            **client_environment(self.github),
            **{**self.variables, **more},
        )
        return console.run(words, folder=self.clone / DIRECTORY, environment=environment)

    def planned(self) -> str:
        done = self.step("atlantis-plan")
        assert (done.code, done.err) == (0, ""), done.out + done.err
        return done.out

    def approved_by(self, *users: str) -> None:
        for user in users:
            self.github.review(user, "APPROVED", self.variables["HEAD_COMMIT"])


def value_changed(root: Path) -> None:
    """Something small that dev wants otherwise."""
    values = root / DIRECTORY / "dev.tfvars"
    values.write_text(f"{values.read_text()}# a change\n")


def propose(world: World, folder: Path, github: GitHub, edit: Edit = value_changed) -> Project:
    """A pull request of alice's to the checkout of this world as it is committed.

    Args:
        folder: an empty one, for the repository and its clone.
        edit: makes the change in a clone.
    """
    origin, work = folder / "origin.git", folder / "work"
    clone = folder / "repos" / REPOSITORY / str(github.next_number()) / "default"  # as Atlantis has it
    project = Project(world, github, origin, clone, work)
    project.git("clone", "-q", "--bare", str(world.root), str(origin), folder=folder)
    project.git("clone", "-q", f"file://{origin}", str(work), folder=folder)
    edit(work)
    project.git("checkout", "-q", "-b", "change", folder=work)
    project.git("add", "-Af", folder=work)
    project.git("commit", "-qm", "change", folder=work)
    project.git("push", "-q", "origin", "change", folder=work)
    project.git("clone", "-q", "--depth=1", "-b", "change", f"file://{origin}", str(clone), folder=folder)
    pull = github.propose(project.git("rev-parse", "HEAD"), head="change", files=(f"{DIRECTORY}/dev.tfvars",))
    project.variables = {
        "BASE_BRANCH_NAME": "main",
        "BASE_REPO_NAME": "fileflow",
        "BASE_REPO_OWNER": "acme",
        "DIR": str(clone / DIRECTORY),
        "HEAD_COMMIT": pull.head_sha,
        "HEAD_REPO_NAME": "fileflow",
        "HEAD_REPO_OWNER": "acme",
        "PLANFILE": str(project.plan_file),
        "PULL_NUM": str(pull.number),
        "REPO_REL_DIR": DIRECTORY,
        "USER_NAME": "alice",
        "WORKSPACE": "default",
    }
    return project
