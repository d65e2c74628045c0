"""`rehearse --pull-request`: the life of a pull request through a real Atlantis server, on this machine alone.

A copy of the checkout is the repository, the emulator of GitHub has its pull requests, and the sandbox is AWS. What is
planned and applied is decided by the server's steps, as on a real one. At the end something is changed by hand: its drift
is found, told and settled, before an emulator of Slack too.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.aws import aws_api
from infragate.adapters.local import codeowners_file, environments_file, own_folder, settings
from infragate.adapters.tools import tool_store
from infragate.domain.command import Command
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput
from infragate.domain.front_doors import atlantis_files
from infragate.domain.front_doors.sections import Atlantis
from infragate.sandbox import atlantis_server, drift_job, instance
from infragate.sandbox.cloud import SandboxCloud
from infragate.sandbox.pull_requests import PullRequestLog, PullRequests
from infragate.usecases import applied_sandbox, render
from infragate.usecases.applied_sandbox import AppliedRequest
from infragate.usecases.gate import engine_list, trusted_rules
from infragate.usecases.rehearsal import rehearsed_copy, steps
from infragate.usecases.rehearsal.drift_life import DriftLife
from infragate.usecases.rehearsal.pull_request_life import PullRequestLife
from infragate.usecases.rehearsal.rehearse import RehearseRequest, RehearseResult
from infragate.usecases.render import RenderRequest

BESIDE = (*codeowners_file.PLACES, atlantis_files.REPOSITORY_FILE, "workflows", ".gitignore", ".gitattributes")


def run(request: RehearseRequest) -> RehearseResult:
    """Go through all steps.

    Raises:
        BadInput: the project has no Atlantis, the platform cannot run it, or the checkout cannot be copied or read.
        ToolFailed: Atlantis is not installed. Locked: another rehearsal of the checkout is running.
    """
    world = _World(request, _atlantis(request.root))
    with rehearsed_copy.alone(request.root):
        try:
            done, error = steps.run(_steps(world), request.say)
        finally:
            world.clear()
    log = world.pulls.log() if world.pulls else PullRequestLog()
    return RehearseResult(
        environment=request.environment, steps=done, folder=world.folder, error=error, pull_requests=log
    )


def _atlantis(root: Path) -> Atlantis:
    """The project's section `atlantis`, after the checks that take no time."""
    project = environments_file.load(root)
    if tool_store.own_platform().startswith("darwin"):
        message = "an Atlantis server on macOS does not trust the certificate of an emulated GitHub"
        raise BadInput(message, where="--pull-request", fix="run it on Linux, in a container for instance")
    if project.front_doors.atlantis is None:
        fix = ("add it (docs/rendered-files.md), then ", Command("render"))
        raise BadInput("the project has no section `atlantis`", where=project.file, fix=fix)
    tool_store.program("atlantis", root)
    return project.front_doors.atlantis


def _steps(world: _World) -> list[tuple[str, Callable[[], str]]]:
    life, drift = world.life, world.drift
    return [
        ("the Environment is applied in a sandbox", world.sandbox),
        ("GitHub and Atlantis start", world.servers),
        ("a pull request is opened: planned", life.open_small),
        ("a push: a new plan, the old one is void", life.push_small),
        ("an apply without approval is refused", life.apply_unapproved),
        ("approved: applied and healthy, merged", life.apply_small),
        ("a policy violation: the plan fails", life.open_violation),
        ("a cost over the threshold: planned, needs more approvals", life.open_expensive),
        ("one approval too few: the apply is refused", life.apply_expensive_too_early),
        ("all approvals: applied and healthy, merged", life.apply_expensive),
        ("a change by hand: drift finds it and tells it", world.change_by_hand),
        ("drift again: nothing is told twice", drift.repeat),
        ("a pull request applies the code again", life.apply_again),
        ("drift again: settled, told, the issue is closed", drift.settled),
    ]


class _World:
    """A copy of the checkout whose Environment is applied, and the servers; its methods are the first steps."""

    def __init__(self, request: RehearseRequest, atlantis: Atlantis) -> None:
        self.request = request
        self.atlantis = atlantis
        # Beside the folders of checkouts: the server's clones are checkouts, too.
        self.folder = settings.state_folder() / "rehearsals" / own_folder.path(request.root).name
        self.root = self.folder / "checkout"
        self.server_folder = self.folder / "atlantis"
        self.running = ExitStack()
        self.pulls: PullRequests | None = None
        self.life, self.drift = PullRequestLife(), DriftLife()
        self.environment: Environment
        self.cloud: SandboxCloud

    def sandbox(self) -> str:
        atlantis_server.remove(self.server_folder)  # a killed rehearsal may have left it behind
        rehearsed_copy.create(self.request.root, self.root, beside=BESIDE)
        render.run(RenderRequest(root=self.root))
        git.start(self.root, author="rehearsal")
        git.switch(self.root, self.atlantis.branch, "HEAD")
        project = environments_file.load(self.root)
        self.environment = project.environment(self.request.environment)
        request = AppliedRequest(
            root=self.root,
            project=project,
            environments=(self.environment,),
            say=self.request.say,
            warn=self.request.warn,
            watch=self.request.watch,
        )
        copy = applied_sandbox.place(request, "HEAD")
        from_copy = applied_sandbox.load(request, copy)
        self.cloud = cloud = instance.ensure(self.root, project, say=self.request.say, bare=False)
        if not from_copy:
            applied_sandbox.apply_once(request, cloud, copy)
        with applied_sandbox.opened(request, cloud, self.environment) as stack:
            count = len(stack.session.store().resources())
        came = "from a copy of an earlier run" if from_copy else "applied now; the next run begins with a copy"
        return f"{count} resources in {self.environment.name} at {cloud.endpoint}: {came}"

    def servers(self) -> str:
        rules = trusted_rules.read(self.root, self.environment, ref=None).rules
        engine_list.install(rules.checks, self.root, say=self.request.say)
        project = environments_file.load(self.root)
        # Atlantis' own policy check decides nothing, and its approvals would be one more act of people.
        doors = replace(project.front_doors, atlantis=replace(self.atlantis, policy_check=False))
        server = self.running.enter_context(
            atlantis_server.running(
                self.server_folder,
                self.root,
                replace(project, front_doors=doors),
                variables={"INFRAGATE_BASE_BRANCHES": self.atlantis.branch},
                keep=self.request.keep,
            )
        )
        self.pulls = PullRequests(server=server, base=self.atlantis.branch)
        self.life.begin(self.pulls, self.environment, rules.cost)
        self.drift.begin(self.running.enter_context(drift_job.standing(server)), self.pulls, self.environment)
        version = tool_store.program("atlantis", self.root).version
        return f"Atlantis {version} at {server.url}, GitHub's emulator at {server.github.url}"

    def change_by_hand(self) -> str:
        keys = self.cloud.administrator(self.environment.account_id)
        region = self.environment.region
        return self.drift.change(aws_api.client("cloudwatch", cloud=self.cloud, region=region, credentials=keys))

    def clear(self) -> None:
        """End the servers, stop the sandbox and remove the copy, unless they are to be kept."""
        try:
            self.running.close()
        finally:
            if self.request.keep:
                inspect = (f"INFRAGATE_ROOT={shlex.quote(str(self.root))} ", Command("sandbox-status"))
                self.request.say((f"kept: {self.folder} (", *inspect, ")"))
            else:
                rehearsed_copy.remove(self.root)
                shutil.rmtree(self.folder, ignore_errors=True)
                with suppress(OSError):  # of another checkout
                    self.folder.parent.rmdir()
