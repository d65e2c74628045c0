"""The verbs. One file each; `namespace` is what `inv`, `infragate` and the documentation's tests know.

This is the only package that imports Invoke. Nothing heavy is imported here: `inv --list` only reads names and help.
"""

from __future__ import annotations

from invoke.collection import Collection
from invoke.program import Program

from infragate import __version__
from infragate.tasks import apply, assume, bootstrap_backend, doctor, plan, rehearse, sandbox, smoke, tools_install

VERBS = (
    doctor.doctor,
    tools_install.tools_install,
    bootstrap_backend.bootstrap_backend,
    assume.assume,
    plan.plan,
    apply.apply,
    smoke.smoke,
    sandbox.sandbox_up,
    sandbox.sandbox_down,
    sandbox.sandbox_status,
    rehearse.rehearse,
)

namespace = Collection()
for _verb in VERBS:
    namespace.add_task(_verb)


def main() -> None:
    """The console script `infragate`, also `python -m infragate`."""
    Program(name="infragate", binary="infragate", version=__version__, namespace=namespace).run()
