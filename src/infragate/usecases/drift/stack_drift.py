"""The drift of one Stack: a plan that writes nothing but its own files, and what it says. No failure leaves here."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from infragate.adapters.local import clock, crash_report, files, masking
from infragate.domain.drift import classify, managed, waived
from infragate.domain.drift.classify import Beside
from infragate.domain.drift.noise import NoiseRules
from infragate.domain.drift.report import DriftItem, StackDrift
from infragate.domain.errors import InfragateError, Interrupted, Locked, ToolFailed
from infragate.domain.finding import Waiver
from infragate.domain.terraform.state_lock import locked
from infragate.usecases import plan_inputs, terraform_plan, turn
from infragate.usecases.drift import last_apply, unowned
from infragate.usecases.drift.last_apply import Record
from infragate.usecases.stack import Initialised, Stack, refuse_errored_state

PATIENCE = 15.0  # seconds to wait for another run on the same Stack of this checkout; it cannot be interrupted
_AGAIN = "run drift again when it has ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRules:
    """What decides which differences count."""

    noise: NoiseRules
    waivers: Collection[Waiver]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The items, and the last apply; `error` is that of a reader that failed, so items are missing."""

    items: tuple[DriftItem, ...]
    known: Beside
    error: InfragateError | None


def run(stack: Stack, rules: DriftRules, *, commit: str | None) -> StackDrift:
    """Look at one Stack. What fails becomes its status: the other Stacks are looked at all the same.

    Raises:
        Interrupted: a signal arrived.
    """
    mark, environment = clock.monotonic(), stack.environment
    drift = StackDrift(environment=environment.name, directory=environment.directory, status="clean", commit=commit)
    try:
        drift = _of(drift, _look(stack, rules.noise), rules.waivers)
    except Interrupted:
        raise
    except Locked as held:
        drift = replace(drift, status="skipped", reason=held.message)
    except InfragateError as error:
        drift = replace(drift, status="error", error=error)
    except OSError as error:  # a full disk
        why = f"its files cannot be read or written: {error.strerror}"
        failed = ToolFailed(why, where=str(error.filename or environment.directory), fix=files.FULL_DISK)
        drift = replace(drift, status="error", error=failed)
    except Exception as bug:
        report = crash_report.write(bug, verb="drift", clean=masking.masker().mask)
        drift = replace(drift, status="error", error=report)
    return replace(drift, duration_seconds=clock.monotonic() - mark)


def _of(drift: StackDrift, found: _Found, waivers: Collection[Waiver]) -> StackDrift:
    items = waived.apply(found.items, waivers, environment=drift.environment, today=clock.now().date())
    return replace(
        drift,
        status="error" if found.error else "drift" if any(item.counts for item in items) else "clean",
        items=items,
        error=found.error,
        applied_commit=found.known.applied.commit,
        applied_at=found.known.applied.at,
    )


def _look(stack: Stack, rules: NoiseRules) -> _Found:
    """Plan under the plan's roles.

    Raises:
        Locked: somebody works on the Stack, or did so meanwhile. InfragateError: as `plan`.
    """
    refuse_errored_state(stack)
    stack.prepare()
    _refuse_locked(stack)
    outputs = plan_inputs.plan_files(stack, stack.local_folder / "drift" / "plan.tfplan")
    with turn.hold(stack, "drift", patience=PATIENCE):
        try:
            return _planned(stack, outputs, rules)
        finally:
            for path in outputs.all:  # they hold every secret of the Stack
                path.unlink(missing_ok=True)


def _planned(stack: Stack, outputs: plan_inputs.PlanFiles, rules: NoiseRules) -> _Found:
    store = stack.session.store()
    with ThreadPoolExecutor(max_workers=2) as beside:
        state: Future[dict[str, Any]] = beside.submit(store.document)
        applies: Future[tuple[Record, ...]] = beside.submit(last_apply.read, store)

        def initialised(init: Initialised) -> Initialised:
            state.result()  # read before Terraform reads it
            return init

        _, init = terraform_plan.run(stack, outputs, initialised=initialised)
        applied = beside.submit(lambda: last_apply.compare(stack, applies.result(), init.judged.outside))
        plan, document = terraform_plan.shown(stack, outputs)
        added = unowned.find(stack.session, document=document, modules=init.judged.modules)
        written = managed.written(init.judged.modules)
        known = Beside(applied=applied.result(), rules=rules, state=state.result(), written=written)
    _refuse_changed(stack, known)
    items = (*classify.items(plan, document, known), *added.items)
    return _Found(items=items, known=known, error=next(iter(added.errors), None))


def _refuse_locked(stack: Stack) -> None:
    if (holder := stack.session.store().lock()) is not None:
        raise locked(holder, where=stack.environment.directory)


def _refuse_changed(stack: Stack, known: Beside) -> None:
    """Refuse a plan during which an apply ran: it compares a mix of old and new resources with the code."""
    _refuse_locked(stack)
    now = stack.session.store().document()
    if [now.get(name) for name in ("lineage", "serial")] != [known.state.get(name) for name in ("lineage", "serial")]:
        raise Locked("somebody changed the state meanwhile", where=stack.environment.directory, fix=_AGAIN)
