"""Terraform's part of a plan, for `plan` and `drift`: init if needed, the module lock, plan, show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from infragate.adapters.local import files
from infragate.adapters.terraform.cli import InitNeeded, Planned
from infragate.adapters.terraform.output_reader import Event
from infragate.domain.errors import InfragateError
from infragate.domain.plan import Plan
from infragate.usecases import reading_plans
from infragate.usecases.modules import module_pins
from infragate.usecases.plan_inputs import PlanFiles
from infragate.usecases.stack import Initialised, Stack

Prepared = TypeVar("Prepared")


def run(
    stack: Stack,
    outputs: PlanFiles,
    options: Sequence[str] = (),
    *,
    title: str = "terraform plan",
    initialised: Callable[[Initialised], Prepared],
) -> tuple[Planned, Prepared]:
    """Write a plan file; without a lock: the roles of a plan cannot write one (docs/roles.md).

    `terraform init` is skipped if nothing that it depends on has changed (adapters/terraform/init_stamp.py). If
    Terraform still requires it, init and plan are run again, once.

    Args:
        title: what is said of the run.
        initialised: called after init, before Terraform plans; its result is returned too.

    Raises:
        InfragateError: the class depends on the cause.
    """
    try:
        return _run(stack, outputs, options, title, initialised, anew=False)
    except InitNeeded:
        return _run(stack, outputs, options, title, initialised, anew=True)


def _run(
    stack: Stack,
    outputs: PlanFiles,
    options: Sequence[str],
    title: str,
    initialised: Callable[[Initialised], Prepared],
    *,
    anew: bool,
) -> tuple[Planned, Prepared]:
    init = stack.init(anew=anew)
    module_pins.verify(stack)
    prepared = initialised(init)
    stack.say(title)
    files.private_folder(outputs.plan.parent)
    files.write(outputs.plan, "", mode=0o600)  # Terraform keeps the mode; its own would let others read secrets
    arguments = ["-lock=false", f"-var-file={stack.environment.var_file}", *options]
    planned = stack.terraform.plan(outputs.plan, arguments, _progress(stack), after_init=init.ran)
    return replace(planned, warnings=tuple(dict.fromkeys([*init.warnings, *planned.warnings]))), prepared


def shown(stack: Stack, outputs: PlanFiles, copy: Path | None = None) -> tuple[Plan, Any]:
    """Write the plan's JSON, and its copy; return the plan, and the whole document.

    On a full disk Terraform 1.11.4 writes half a plan file, or half a JSON, and exits with 0.

    Raises:
        ToolFailed: it cannot be trusted.
    """
    try:
        data = stack.terraform.show(outputs.plan, outputs.json)
        if copy is not None:
            files.write(copy, data, mode=0o600)
        return reading_plans.read_whole(data)
    except InfragateError:
        files.refuse_full_disk(outputs.plan.parent)
        raise


def _progress(stack: Stack) -> Callable[[Event], None]:
    """Report every fiftieth resource, so that a long refresh shows progress."""
    count = 0

    def on_event(event: Event) -> None:
        nonlocal count
        if event.get("type") in ("refresh_complete", "apply_complete"):
            count += 1
            if count % 50 == 0:
                stack.say(f"{count} resources read")

    return on_event
