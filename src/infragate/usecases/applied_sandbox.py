"""An Environment that is applied in the sandbox of a checkout: with a copy in the user's cache, since that takes minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.local import files, settings
from infragate.adapters.terraform.output_reader import Event
from infragate.domain.command import Say
from infragate.domain.environment import Environment, Project, Purpose
from infragate.domain.errors import InfragateError
from infragate.domain.plan import Plan
from infragate.sandbox import instance, prepared, seed
from infragate.sandbox.cloud import SandboxCloud
from infragate.usecases import apply, plan, tools_install
from infragate.usecases.apply import ApplyRequest
from infragate.usecases.session import Session
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedRequest:
    """Which Environment of which checkout; `watch` as in ApplyRequest."""

    root: Path
    project: Project
    environment: Environment
    say: Say
    warn: Say
    watch: Callable[[Plan], Callable[[Event], None]]


def place(request: AppliedRequest, commit: str) -> Path:
    """The place of the copy for a commit: named by everything that is applied."""
    trees = [git.tree_of(request.root, commit, path) for path in ("infra", "modules", "policy")]
    seeded = seed.plan(request.root, request.project, bare=False).digests.values()
    terraform = tools_install.ready("terraform", request.root, say=request.say).version
    return prepared.applied([request.environment.name, terraform, *trees, *seeded])


def load(request: AppliedRequest, copy: Path) -> bool:
    """Replace the checkout's sandbox by the copy; False if there is no usable one."""
    if not prepared.is_usable(copy):
        return False
    try:
        instance.load_copy(request.root, copy, say=request.say)
    except (OSError, InfragateError):
        return False
    return True


def apply_once(request: AppliedRequest, cloud: SandboxCloud, copy: Path) -> None:
    """Apply the Environment, and keep a copy; without one, the next time only takes longer."""
    request.say(f"applying {request.environment.name} in the sandbox: about two minutes, the first time only")
    with opened(request, cloud) as stack:
        plan.run(plan.PlanRequest(stack=stack))
    with opened(request, cloud, "apply") as stack:
        apply.run(ApplyRequest(stack=stack, plan=None, watch=request.watch, door=None))  # what runs already
    with suppress(OSError, InfragateError):
        files.private_folder(copy.parent).chmod(0o700)
        instance.save_copy(request.root, copy, say=request.say)
        prepared.prune(copy.parent)


@contextmanager
def opened(request: AppliedRequest, cloud: SandboxCloud, purpose: Purpose = "plan") -> Iterator[Stack]:
    """The Stack of the Environment."""
    with Session(
        root=request.root,
        project=request.project,
        environment=request.environment,
        purpose=purpose,
        cloud=cloud,
        actor=settings.actor(),
        say=request.say,
        warn=request.warn,
    ) as session:
        yield Stack(session=session, root=request.root)
