"""The verbs, one file each, and their Invoke namespace.

Only this package imports Invoke. It imports nothing heavy: `inv --list` only reads names and help.
"""

from __future__ import annotations

from invoke.collection import Collection

from infragate import __version__
from infragate.tasks import (
    apply,
    assume,
    atlantis,
    bootstrap_backend,
    changed,
    check,
    command_line,
    comment,
    cost_check,
    doctor,
    drift,
    drift_accept,
    drift_fix,
    drift_merge,
    gate,
    module_change,
    modules,
    notify,
    plan,
    policy_test,
    providers_lock,
    rehearse,
    release_check,
    render,
    rollback,
    sandbox,
    smoke,
    tags,
    tools_install,
    waiver_request,
)
from infragate.tasks.command_line import Group

GROUPS = (
    Group("Look", "docs/operations.md", (doctor.doctor, check.check, plan.plan, smoke.smoke, tags.tags)),
    Group(
        "Drift",
        "docs/drift.md",
        (drift.drift, drift_merge.drift_merge, drift_accept.drift_accept, drift_fix.drift_fix),
    ),
    Group(
        "Judge",
        "docs/gate.md",
        (gate.gate, cost_check.cost_check, waiver_request.waiver_request, policy_test.policy_test),
    ),
    Group("Change", "docs/operations.md", (apply.apply,)),
    Group(
        "Go back", "runbooks/rollback.md", (rollback.rollback, rollback.config_rollback, module_change.module_downgrade)
    ),
    Group(
        "Modules", "docs/module-lock.md", (module_change.module_upgrade, modules.modules_lock, modules.modules_verify)
    ),
    Group("Backend and roles", "docs/state-backend.md", (bootstrap_backend.bootstrap_backend, assume.assume)),
    Group(
        "Sandbox",
        "docs/sandbox.md",
        (sandbox.sandbox_up, sandbox.sandbox_down, sandbox.sandbox_status, rehearse.rehearse),
    ),
    Group("Programs", "docs/tools.md", (tools_install.tools_install, providers_lock.providers_lock)),
    Group("Pull requests", "docs/github.md", (comment.comment,)),
    Group("Telling", "docs/drift-telling.md", (notify.notify,)),
    Group("The repository", "docs/rendered-files.md", (render.render, changed.changed)),
    Group(
        "Steps of an Atlantis server",
        "docs/atlantis-setup.md",
        (atlantis.atlantis_plan, atlantis.atlantis_policy_check, atlantis.atlantis_apply),
    ),
    Group("For the authors of modules", "docs/module-releases.md", (release_check.release_check,)),
)

namespace = Collection()
for _group in GROUPS:
    for _verb in _group.verbs:
        namespace.add_task(_verb)


def main() -> None:
    """The program, once it is set up (__main__.py)."""
    from infragate.adapters.local import settings
    from infragate.adapters.process import ending, kernel

    kernel.close_own_process(settings.is_secret)  # before any other program runs
    ending.after(command_line.CommandLine(groups=GROUPS, version=__version__, namespace=namespace).run)
