"""Three who run the same verbs on the same changes: a person's shell, a job's shell, a real Atlantis server.

Each has a world of its own: the repository, the sandbox with what is applied there, a GitHub. Nothing that one of them does
is seen by another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from tests.e2e import product
from tests.e2e.atlantis_server import Atlantis
from tests.e2e.job_machines import Actions
from tests.e2e.product import Product
from tests.e2e.workflow_job import Runner

from github_emulator.github import GitHub
from github_emulator.model import Pull
from github_emulator.server import client_environment
from infragate.adapters.local import own_folder

JOB_STEPS = {"plan": "Plan", "gate": "Gate", "apply": "Apply", "smoke": "Is the service healthy?", "cost-check": "Cost"}
COST = 'inv cost-check --env "$ENVIRONMENT" --report "reports/$ENVIRONMENT.cost-check.json"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one run of a verb came to.

    Attributes:
        code: its exit code.
        document: what it left as `--report` does.
        folders: of this caller, by what they are called in comparisons.
        remark: a note of the page, behind the answer.
    """

    code: int
    document: dict[str, Any]
    folders: Mapping[str, Path]
    remark: str = ""


Answers = dict[str, Answer]  # by verb


class Caller(Protocol):
    """One of the three."""

    @property
    def origin(self) -> Product: ...
    @property
    def github(self) -> GitHub: ...
    def propose(self, branch: str, files: Mapping[str, str]) -> Pull: ...
    def plan(self, pull: Pull, env: str) -> Answers: ...
    def cost(self, pull: Pull, env: str) -> Answers: ...
    def apply(self, pull: Pull, env: str) -> Answers: ...
    def close(self, pull: Pull) -> None: ...


def read(path: Path, code: int, root: Path) -> Answer:
    """An answer whose document is in that file; the document is as published, and says how its verb ended."""
    document: dict[str, Any] = json.loads(path.read_text())
    product.VALIDATOR.validate(document)
    assert document["exit_code"] == code, document
    return Answer(code=code, document=document, folders={"state": own_folder.path(root), "checkout": root})


def branch(origin: Product, name: str, files: Mapping[str, str]) -> str:
    """A commit on a new branch; its id."""
    origin.git("checkout", "-q", "-B", name, "main")
    for file, text in files.items():
        (origin.root / file).write_text(text)
    commit = origin.commit(name)
    origin.git("checkout", "-q", "main")
    return commit


@dataclass
class Person:
    """Somebody with a checkout of the pull request and a token for GitHub."""

    origin: Product
    github: GitHub
    reports: Path

    def propose(self, branch_name: str, files: Mapping[str, str]) -> Pull:
        commit = branch(self.origin, branch_name, files)
        return self.github.propose(commit, head=branch_name, files=tuple(files))

    def plan(self, pull: Pull, env: str) -> Answers:
        return self._run(pull, env, "plan", "gate")

    def cost(self, pull: Pull, env: str) -> Answers:
        return self._run(pull, env, "cost-check")

    def apply(self, pull: Pull, env: str) -> Answers:
        return self._run(pull, env, "apply", "smoke")

    def close(self, pull: Pull) -> None:
        pull.state = "closed"

    def _run(self, pull: Pull, env: str, *verbs: str) -> Answers:
        """Those verbs, up to the first that does not end well."""
        self.origin.git("update-ref", "refs/remotes/origin/main", "main")  # as a fetch does
        self.origin.git("checkout", "-q", pull.head_ref)
        known = {**client_environment(self.github), "INFRAGATE_PULL_REQUEST": str(pull.number)}
        answers: Answers = {}
        for verb in verbs:
            report = self.reports / f"{len(list(self.reports.iterdir()))}-{verb}.json"
            more = ("--wait",) if verb == "smoke" else ()
            done = self.origin.run(verb, "--env", env, "--sandbox", "--report", str(report), *more, **known)
            answers[verb] = read(report, done.code, self.origin.root)
            if done.code:
                break
        return answers


@dataclass
class Job:
    """The `run:` lines of the workflows, on a machine that has only what GitHub gives it."""

    actions: Actions
    last: Runner | None = None

    @property
    def origin(self) -> Product:
        return self.actions.origin

    @property
    def github(self) -> GitHub:
        return self.actions.github

    def propose(self, branch_name: str, files: Mapping[str, str]) -> Pull:
        commit = branch(self.origin, branch_name, files)
        return self.github.propose(commit, head=branch_name, files=tuple(files))

    def plan(self, pull: Pull, env: str) -> Answers:
        self.last = self.actions.of(pull, env)
        return self._answers(self.last.clone, env, self.last.run("infra-checks", "plan"), "plan", "gate")

    def cost(self, pull: Pull, env: str) -> Answers:
        """The job has no such step: it is another line in the same shell, after those of its plan."""
        assert self.last is not None
        step = {"name": JOB_STEPS["cost-check"], "run": COST, "env": {"GITHUB_TOKEN": "${{ github.token }}"}}
        ran = self.last.run("infra-checks", "plan", without=("Plan", "Gate"), more=[step])
        return self._answers(self.last.clone, env, ran, "cost-check")

    def apply(self, pull: Pull, env: str) -> Answers:
        """The second workflow, on the merge. A gate that fails does not end it: the apply says itself what it lacks."""
        who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        self.origin.git(*who, "merge", "-q", "--no-ff", "-m", "merge", pull.head_sha)
        self.github.merge(pull, self.origin.git("rev-parse", "main"))
        runner = self.actions.runner("main", **{"matrix.environment": env})
        return self._answers(runner.clone, env, runner.run("apply", "apply", despite=("Gate",)), "apply", "smoke")

    def close(self, pull: Pull) -> None:
        pull.state = "closed"

    def _answers(self, clone: Path, env: str, ran: Mapping[str, Any], *verbs: str) -> Answers:
        reports = {verb: clone / "reports" / f"{env}.{verb}.json" for verb in verbs if JOB_STEPS[verb] in ran}
        return {verb: read(path, ran[JOB_STEPS[verb]].code, clone) for verb, path in reports.items()}


@dataclass
class Server:
    """The comments of a pull request, and the documents that the server's steps leave."""

    atlantis: Atlantis

    @property
    def origin(self) -> Product:
        return self.atlantis.origin

    @property
    def github(self) -> GitHub:
        return self.atlantis.github

    def propose(self, branch_name: str, files: Mapping[str, str]) -> Pull:
        return self.atlantis.propose(branch_name, files)

    def plan(self, pull: Pull, env: str) -> Answers:
        return self._answers(
            pull, env, self.atlantis.asked(pull, f"atlantis plan -p {env}", user=pull.author), "plan", "gate"
        )

    def cost(self, pull: Pull, env: str) -> Answers:
        """It is a part of the gate, in its document."""
        return {}

    def apply(self, pull: Pull, env: str) -> Answers:
        return self._answers(pull, env, self.atlantis.asked(pull, f"atlantis apply -p {env}"), "apply", "smoke")

    def close(self, pull: Pull) -> None:
        self.atlantis.close(pull)

    def _answers(self, pull: Pull, env: str, comment: str, *verbs: str) -> Answers:
        """The documents of those verbs, each with the exit code of the step if the step ended with it.

        A plan step goes on to an apply although approvals are missing: it ends 0, and the document of the gate says 8.
        """
        failed = re.search(r"exit status (\d+)", comment)
        step = int(failed[1]) if failed else 0
        clone = self.atlantis.clone(pull)
        folder = own_folder.path(clone) / "atlantis" / env
        reports = {verb: folder / f"{verb}.json" for verb in verbs if (folder / f"{verb}.json").exists()}
        assert reports, comment
        answers: Answers = {}
        for verb, path in reports.items():
            last, document = verb == list(reports)[-1], json.loads(path.read_text())
            goes_on = document["status"] == "needs-approvals"
            if goes_on:
                assert step == 0, comment
            told = document["exit_code"] if goes_on else step if last else 0
            answers[verb] = replace(read(path, told, clone), remark=" [2]" if goes_on else "")
        return answers
