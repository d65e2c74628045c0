"""A pull request on an Atlantis server without the server: a clone as it makes it, and the variables that its steps get."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.e2e.product import Done
from tests.integration import console
from tests.verbs.kept_files import KeptFiles
from tests.verbs.kept_world import KeptState
from tests.verbs.world import World

from github_emulator.github import REPOSITORY, GitHub
from github_emulator.server import client_environment, serving
from infragate.adapters.local import own_folder

DIRECTORY = "infra/envs/dev"
RULES = "schema_version: 1\ndefault: {required: [code], apply: nothing}\n"
Edit = Callable[[Path], None]


@dataclass
class Project:
    """The clone of a pull request, and its steps.

    Attributes:
        origin: the repository on GitHub.
        work: the clone of the author.
        comment: what the step that plans has said.
    """

    world: World
    github: GitHub
    origin: Path
    clone: Path
    work: Path
    variables: dict[str, str] = field(default_factory=dict)
    comment: str = ""

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
        self.comment = done.out
        return done.out

    def open(self, github: GitHub, commit: str) -> None:
        """Open the pull request, and learn what Atlantis says of it."""
        pull = github.propose(commit, head="change", files=(f"{DIRECTORY}/dev.tfvars",))
        self.variables = {
            "BASE_BRANCH_NAME": "main",
            "BASE_REPO_NAME": "fileflow",
            "BASE_REPO_OWNER": "acme",
            "DIR": str(self.clone / DIRECTORY),
            "HEAD_COMMIT": pull.head_sha,
            "HEAD_REPO_NAME": "fileflow",
            "HEAD_REPO_OWNER": "acme",
            "PLANFILE": str(self.plan_file),
            "PULL_NUM": str(pull.number),
            "REPO_REL_DIR": DIRECTORY,
            "USER_NAME": "alice",
            "WORKSPACE": "default",
        }

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
    project = _laid_out(world, folder, github, edit)
    project.open(github, project.git("rev-parse", "HEAD"))
    return project


class Prepared:
    """Pull requests whose repository and clone are made once, for tests that each begin with them as they were.

    Args:
        folders: where each gets a new one.
    """

    def __init__(self, world: World, folders: pytest.TempPathFactory) -> None:
        self._world = world
        self._folders = folders
        self._kept: dict[tuple[str, bool], _Kept] = {}

    @contextmanager
    def begun(self, recording: str, *, planned: bool) -> Iterator[Project]:
        """A pull request on a GitHub that has no other.

        Args:
            recording: the plan of dev.
            planned: the step that plans has run once, and this begins with what it left.
        """
        self._world.order(dev=recording)
        key = recording if planned else "", planned
        with serving() as github:
            if key not in self._kept:
                self._kept[key] = _Kept.of(propose(self._world, self._folders.mktemp("pull"), github), planned=planned)
                github.issues.clear()
            yield self._kept[key].begin(github)


@dataclass(frozen=True, slots=True)
class _Kept:
    project: Project
    files: KeptFiles
    state: KeptState

    @classmethod
    def of(cls, project: Project, *, planned: bool) -> _Kept:
        if planned:
            project.planned()
        folders = project.origin.parent, own_folder.path(project.clone)
        files = KeptFiles(*folders, passed_over=("objects", "terraform"))
        return cls(project, files, KeptState())

    def begin(self, github: GitHub) -> Project:
        self.files.restore()
        self.state.restore()
        project = replace(self.project, github=github)
        project.open(github, self.project.variables["HEAD_COMMIT"])
        return project


def ruled(world: World) -> Iterator[str]:
    """The commit with rules that a plan can pass, while it is the newest."""
    before = world.git("rev-parse", "HEAD")
    (world.root / "policy" / "gate.yaml").write_text(RULES)
    yield world.commit("rules")
    world.restore(before)


def _laid_out(world: World, folder: Path, github: GitHub, edit: Edit) -> Project:
    """Repository and clones, before the pull request is opened."""
    origin, work = folder / "origin.git", folder / "work"
    clone = folder / "repos" / REPOSITORY / str(github.next_number()) / "default"  # as Atlantis has it
    project = Project(world, github, origin, clone, work)
    shutil.copytree(_packed(project), origin)
    project.git("clone", "-q", "--template=", "-b", "change", str(origin), str(work), folder=folder)
    edit(work)
    project.git("add", "-Af", folder=work)
    project.git("commit", "-qm", "change", folder=work)
    project.git("push", "-q", "origin", "change", folder=work)
    words = ("--template=", "--depth=1", "-b", "change")
    project.git("clone", "-q", *words, f"file://{origin}", str(clone), folder=folder)
    return project


def _packed(project: Project) -> Path:
    """A copy of the checkout's repository in one pack, with a branch for the change: it is cloned three times as fast."""
    world = project.world
    packed = world.home.with_name(f"repository-{world.git('rev-parse', 'HEAD')}.git")
    if not packed.exists():
        project.git("clone", "-q", "--template=", "--bare", str(world.root), str(packed), folder=world.home)
        project.git("branch", "change", folder=packed)
        project.git("repack", "-adq", folder=packed)
    return packed
