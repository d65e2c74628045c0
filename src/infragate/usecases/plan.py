"""`plan`: init, module lock, plan, show; what would change, and a Manifest that binds the plan file to all it was made from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from infragate.adapters.aws.state_store import StateVersion
from infragate.adapters.local import clock, files, locks
from infragate.adapters.terraform.cli import Event, InitNeeded, Planned
from infragate.domain import plan as plan_reading
from infragate.domain import plan_json
from infragate.domain.errors import BadInput, InfragateError, Integrity, Locked
from infragate.domain.manifest import Manifest
from infragate.domain.plan import Plan
from infragate.domain.terraform.terraform_messages import LockHolder
from infragate.usecases import plan_inputs
from infragate.usecases.modules import module_pins
from infragate.usecases.plan_inputs import PlanFiles
from infragate.usecases.stack import Stack, refuse_errored_state

PlanMode = Literal["normal", "refresh-only", "destroy"]
WAIT_FOR_TURN = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What to plan.

    Attributes:
        out: where the plan file goes, with its JSON and Manifest beside it; None for the checkout's state folder.
        show: where a second copy of the JSON goes.
        expect_commit: a commit id (7 to 40 hex digits) that the checkout must stand at.
    """

    stack: Stack
    mode: PlanMode = "normal"
    targets: tuple[str, ...] = ()
    out: Path | None = None
    show: Path | None = None
    expect_commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult:
    """What was planned, and where it lies.

    Attributes:
        lock: who holds the state's lock at the moment, if anybody: an apply would be refused.
    """

    request: PlanRequest
    plan: Plan
    planned: Planned
    manifest: Manifest
    files: PlanFiles
    lock: LockHolder | None


def run(request: PlanRequest) -> PlanResult:
    """Plan one Stack. An older plan at the same place is removed first, so a failure leaves none to apply.

    Raises:
        InfragateError: by what went wrong; see docs/exit-codes.md.
    """
    stack = request.stack
    made = plan_inputs.plan_files(stack, request.out)
    written = [*made.all, *([request.show] if request.show else [])]
    _refuse_places(written)
    refuse_errored_state(stack)
    before = plan_inputs.static(stack, stack.session.purpose)
    _expect_commit(before["commit"], request.expect_commit)
    stack.prepare()
    with _turn(stack):
        _remove(written)
        try:
            return _plan(request, made, before)
        except BaseException:
            _remove(written)
            raise


def _refuse_places(paths: Sequence[Path]) -> None:
    for path in paths:
        if path.is_dir() or (path.exists() and not path.is_file()):
            raise BadInput("a plan cannot be written here: this is no file", where=str(path), fix="name another file")
    if len({path.absolute() for path in paths}) < len(paths):
        raise BadInput("--show names one of the plan's own files", where=str(paths[-1]), fix="name another file")


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _plan(request: PlanRequest, made: PlanFiles, before: dict[str, Any]) -> PlanResult:
    stack, store = request.stack, request.stack.session.store()
    with ThreadPoolExecutor(max_workers=2) as beside:
        state = beside.submit(store.state)
        lock = beside.submit(store.lock)
        planned, inputs = _planned(request, made, state, beside)
        reading = _shown(stack, made, request.show)
        known = {**before, **inputs.result(), **plan_inputs.of_state(state.result())}
        manifest = _manifest(request, made, known)
        files.write(made.manifest, json.dumps(manifest.document(), indent=2) + "\n", mode=0o600)
        return PlanResult(
            request=request, plan=reading, planned=planned, manifest=manifest, files=made, lock=lock.result()
        )


def _planned(
    request: PlanRequest,
    made: PlanFiles,
    state: Future[StateVersion | None],
    beside: ThreadPoolExecutor,
    *,
    anew: bool = False,
) -> tuple[Planned, Future[dict[str, Any]]]:
    """Init where it is needed, module lock, plan; and what the plan was made from.

    `terraform init` is left out where nothing that it depends on has changed (adapters/terraform/init_stamp.py). If
    Terraform asks for it all the same, it is run and the plan is made again, once.
    """
    stack, say = request.stack, request.stack.say
    ran = stack.init(anew=anew)
    module_pins.verify(stack)
    inputs = beside.submit(plan_inputs.resolved, stack, made.all)
    state.result()  # read before Terraform does: if an apply comes between, the apply of this plan is refused
    say(f"terraform plan ({request.mode})" if request.mode != "normal" else "terraform plan")
    files.private_folder(made.plan.parent)
    files.write(made.plan, "", mode=0o600)  # Terraform keeps the mode; made by itself others could read the secrets
    try:
        return stack.terraform.plan(made.plan, _arguments(request), _progress(say), after_init=ran), inputs
    except InitNeeded:
        return _planned(request, made, state, beside, anew=True)


def _shown(stack: Stack, made: PlanFiles, second: Path | None) -> Plan:
    """Write the plan's JSON, also to a second file, and read it.

    On a full disk Terraform 1.11.4 leaves half a plan file, or half a JSON, and says that all is well.
    """
    try:
        data = stack.terraform.show(made.plan, made.json)
        if second is not None:
            files.write(second, data, mode=0o600)
        return plan_reading.read(plan_json.parse(data))
    except InfragateError:
        files.refuse_full_disk(made.plan.parent)
        raise


def _arguments(request: PlanRequest) -> list[str]:
    """A plan takes no lock: its roles cannot write one (docs/roles.md), and the apply checks for itself."""
    arguments = ["-lock=false", f"-var-file={request.stack.environment.var_file}"]
    if request.mode != "normal":
        arguments.append(f"-{request.mode}")
    return [*arguments, *(f"-target={target}" for target in request.targets)]


def _progress(say: Callable[[str], None]) -> Callable[[Event], None]:
    """A word every fifty resources read, so that a long refresh is seen to move."""
    count = 0

    def on_event(event: Event) -> None:
        nonlocal count
        if event.get("type") in ("refresh_complete", "apply_complete"):
            count += 1
            if count % 50 == 0:
                say(f"{count} resources read")

    return on_event


def _manifest(request: PlanRequest, made: PlanFiles, inputs: dict[str, Any]) -> Manifest:
    actor = request.stack.session.actor
    return Manifest(
        **inputs,
        **plan_inputs.of_files(made),
        mode=request.mode,
        targets=request.targets,
        actor=actor.name,
        pull_request=actor.pull_request,
        created=clock.now().isoformat(timespec="seconds"),
    )


def _expect_commit(commit: str | None, expected: str | None) -> None:
    if expected is None:
        return
    wanted = expected.strip().lower()
    if not 7 <= len(wanted) <= 40 or any(letter not in "0123456789abcdef" for letter in wanted):
        raise BadInput(f"{expected!r} is no commit id", where="--expect-commit", fix="give 7 to 40 hex digits")
    if commit is None or not commit.startswith(wanted):
        raise Integrity(
            f"the checkout stands at {commit or 'no commit'}, not at {wanted}",
            where="--expect-commit",
            fix=f"git checkout {wanted}",
        )


def _turn(stack: Stack) -> AbstractContextManager[None]:
    """Two runs of one checkout share Terraform's data folder, so they take turns."""
    return locks.hold(
        stack.data_folder / "turn.lock",
        lambda: Locked(
            "another plan in this checkout did not end", where=str(stack.data_folder), fix="end it, then plan again"
        ),
        patience=WAIT_FOR_TURN,
        waiting=lambda: stack.say("another plan of this Environment runs in this checkout; waiting for it"),
    )
