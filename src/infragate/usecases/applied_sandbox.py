"""Environments that are applied in the sandbox of a checkout: with a copy in the user's cache, since that takes minutes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.local import files, settings
from infragate.adapters.terraform.output_reader import ignore
from infragate.domain.command import Say
from infragate.domain.environment import Environment, Project, Purpose
from infragate.domain.errors import InfragateError
from infragate.sandbox import instance, prepared, seed
from infragate.sandbox.cloud import SandboxCloud
from infragate.usecases import apply, plan, tools_install
from infragate.usecases.apply import ApplyRequest, Watch
from infragate.usecases.session import Session
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedRequest:
    """Which Environments of which checkout; `watch` as in ApplyRequest, for a single one."""

    root: Path
    project: Project
    environments: tuple[Environment, ...]
    say: Say
    warn: Say
    watch: Watch


def place(request: AppliedRequest, commit: str) -> Path:
    """The place of the copy for a commit: named by everything that is applied."""
    names = [environment.name for environment in request.environments]
    trees = [git.tree_of(request.root, commit, path) for path in ("infra", "modules", "policy")]
    seeded = seed.plan(request.root, request.project, bare=False).digests.values()
    terraform = tools_install.ready("terraform", request.root, say=request.say).version
    return prepared.applied([*names, terraform, *trees, *seeded])


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
    """Apply the Environments, and keep a copy; without one, the next time only takes longer."""
    names = ", ".join(environment.name for environment in request.environments)
    request.say(f"applying {names} in the sandbox: two or three minutes, the first time only")
    with ThreadPoolExecutor(max_workers=len(request.environments)) as pool:  # most of an apply is waiting
        list(pool.map(lambda environment: _apply(request, cloud, environment), request.environments))
    with suppress(OSError, InfragateError):
        files.private_folder(copy.parent).chmod(0o700)
        instance.save_copy(request.root, copy, say=request.say)
        prepared.prune(copy.parent)


def _apply(request: AppliedRequest, cloud: SandboxCloud, environment: Environment) -> None:
    """Apply one; several at once show no progress: their lines and bars would mix."""
    watch: Watch = request.watch if len(request.environments) == 1 else lambda _plan: ignore
    with opened(request, cloud, environment) as stack:
        plan.run(plan.PlanRequest(stack=stack))
    with opened(request, cloud, environment, "apply") as stack:
        apply.run(ApplyRequest(stack=stack, plan=None, watch=watch, door=None))  # what runs already
    request.say(f"{environment.name} is applied")


@contextmanager
def opened(
    request: AppliedRequest, cloud: SandboxCloud, environment: Environment, purpose: Purpose = "plan"
) -> Iterator[Stack]:
    """The Stack of one of the checkout's Environments."""
    with Session(
        root=request.root,
        project=request.project,
        environment=environment,
        purpose=purpose,
        cloud=cloud,
        actor=settings.actor(),
        say=request.say,
        warn=request.warn,
    ) as session:
        yield Stack(session=session, root=request.root)
