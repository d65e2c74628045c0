"""`infragate atlantis-plan`, `-policy-check`, `-apply`: the steps of the custom workflow on an Atlantis server.

They take no flags for what they do: everything comes from Atlantis' variables, never through a shell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from infragate.tasks.run import Outcome, Run
from infragate.tasks.step_part import StepParts
from infragate.tasks.verb import verb

if TYPE_CHECKING:
    from pathlib import Path

    from infragate.domain.environment import Purpose
    from infragate.domain.front_doors.atlantis_step import AtlantisStep
    from infragate.usecases.gate.gate_start import GateStart

MINUTES = "INFRAGATE_STEP_MINUTES"
PLAN_FILES = ".tfplan"  # the ending of the plan files that Atlantis writes for all projects of the clone
_MINUTES = {"plan": 30, "apply": 120}


@verb(name="atlantis-plan", help={}, comment=True)
def atlantis_plan(run: Run) -> Outcome:
    """The plan step of an Atlantis server: plan, gate and cost, as the comment on the pull request.

    Reads everything from Atlantis' variables (docs/atlantis-setup.md). What the gate blocks ends as the gate does, and cannot
    be applied; approvals that are needed are counted by the apply.
    """
    from infragate.usecases.gate import gate_start
    from infragate.usecases.gate.gate_start import StartRequest

    with _step(run, "plan") as (step, environment):
        folder = _folder(run, "plan", environment)
        judged = run.project.environment(environment)
        early = StartRequest(root=run.root, environment=judged, say=run.printer.progress)
        with gate_start.early(early) as start:
            return _planned(run, step, environment, folder, start)


def _planned(run: Run, step: AtlantisStep, environment: str, folder: Path, start: Callable[[], GateStart]) -> Outcome:
    """Plan and gate. All modules are imported here, also those of the end: they load while the slowest engine does."""
    from infragate.report import atlantis as report
    from infragate.report import html  # noqa: F401 - of gate_files
    from infragate.tasks import arguments, gate, gate_files, plan
    from infragate.usecases import plan as plan_usecase
    from infragate.usecases.atlantis import plan_step
    from infragate.usecases.gate import gate as gate_usecase

    with arguments.stack(run, environment, "plan") as stack:
        parts = StepParts(run=run, folder=folder)
        request = plan_step.PlanStepRequest(
            step=step,
            stack=stack,
            approvals=arguments.approvals(run, ignoring=PLAN_FILES),
            start=start,
            plan=parts.reported("plan", plan_usecase.run, plan.outcome),
            gate=parts.reported("gate", gate_usecase.run, gate.outcome),
        )
        result = plan_step.run(request)
        gate_files.write(result.gate, run.printer, {"html": str(folder / "plan.html")})
    return run.decided(
        _Presenter(report.plan_document, report.show_plan),
        result,
        result.gate.verdict,
        exit_code=0 if result.can_apply else None,
    )


@verb(name="atlantis-policy-check", help={}, comment=True)
def atlantis_policy_check(run: Run) -> Outcome:
    """The policy check of an Atlantis server: what the gate said in the plan step, as Atlantis reads it.

    For servers that have `atlantis: {policy_check: true}`. It ends with 0 and prints one text, whatever happens: an error
    of this step could be cleared by anybody. `atlantis-apply` judges again: an approval in Atlantis does not count there.
    """
    from infragate.report import atlantis_policy_check as report
    from infragate.tasks import arguments
    from infragate.tasks.verb import explain
    from infragate.usecases.atlantis import policy_check

    try:
        with _step(run, "plan") as (step, environment), arguments.stack(run, environment, "plan") as stack:
            approvals = arguments.approvals(run, ignoring=PLAN_FILES)
            request = policy_check.PolicyCheckRequest(step=step, stack=stack, approvals=approvals)
            result = policy_check.run(request)
    except BaseException as caught:
        result = policy_check.PolicyCheckResult(environment=run.environment, refusal=explain(caught, run))
    return run.present(report, result, exit_code=0)


@verb(name="atlantis-apply", help={}, comment=True)
def atlantis_apply(run: Run) -> Outcome:
    """The apply step of an Atlantis server: approvals, the judged plan, the service's health.

    Counts GitHub's reviews at this moment: at least one, and as many as the Verdict needs.
    """
    from infragate.report import atlantis as report
    from infragate.tasks import apply, arguments, smoke
    from infragate.usecases import apply as apply_usecase
    from infragate.usecases import smoke as smoke_usecase
    from infragate.usecases.atlantis import apply_step

    with _step(run, "apply") as (step, environment), arguments.stack(run, environment, "apply") as stack:
        parts = StepParts(run=run, folder=_folder(run, "apply", environment))
        request = apply_step.ApplyStepRequest(
            step=step,
            stack=stack,
            approvals=arguments.approvals(run, ignoring=PLAN_FILES),
            apply=parts.reported("apply", apply_usecase.run, apply.outcome),
            smoke=parts.reported("smoke", smoke_usecase.run, smoke.outcome),
        )
        result = apply_step.run(request)
    findings = result.smoke.findings if result.smoke else ()
    error = result.error
    return run.present(
        _Presenter(report.apply_document, report.show_apply),
        result,
        findings=findings,
        error=error,
        exit_code=error.exit_code if error else None,
    )


class _Presenter(NamedTuple):
    """One of the two results."""

    document: Any
    show: Any


@contextmanager
def _step(run: Run, purpose: Purpose) -> Iterator[tuple[AtlantisStep, str]]:
    """The step of this run and its Environment, under the rules of the base branch, within a time."""
    from infragate.adapters.local import settings
    from infragate.adapters.process import signals
    from infragate.domain.front_doors import atlantis_step
    from infragate.usecases.atlantis import closed_pulls, trusted_base

    step = atlantis_step.parse(settings.subset(tuple(atlantis_step.NAMES)))
    with signals.time_limit(60.0 * _minutes(purpose), what=run.verb):
        with _loading(
            "jsonschema", "infragate.usecases.gate.gate_start" if purpose == "plan" else "infragate.tasks.arguments"
        ):
            trusted_base.adopt(step, say=run.printer.progress)
        closed_pulls.sweep(step)
        run.environment = trusted_base.environment(run.project, step).name
        yield step, run.environment


@contextmanager
def _loading(*modules: str) -> Iterator[None]:
    """Import modules while the block waits for the network."""
    from importlib import import_module
    from threading import Thread

    thread = Thread(target=lambda: [import_module(module) for module in modules])
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _minutes(purpose: Purpose) -> int:
    from infragate.adapters.local import settings
    from infragate.domain.errors import BadInput

    value = settings.read(MINUTES) or str(_MINUTES[purpose])
    if not value.isascii() or not value.isdigit() or not 0 < int(value) <= 1440:
        raise BadInput(f"{value!r} is not a number of minutes", where=MINUTES, fix="set it to 1 to 1440, or unset it")
    return int(value)


def _folder(run: Run, purpose: Purpose, environment: str) -> Path:
    """The folder for log and report of this step; the printer writes there from now on."""
    from functools import partial

    from infragate.adapters.local import files, own_folder
    from infragate.report.comment_printer import CommentPrinter

    folder = files.private_folder(own_folder.of(run.root) / "atlantis" / environment)
    log, run.report = folder / f"{purpose}.log", str(folder / f"atlantis-{purpose}.json")
    files.write(log, "", mode=0o600)
    if isinstance(run.printer, CommentPrinter):
        run.printer.log_to(partial(files.append, log), place=str(log), report=run.report)
    return folder
