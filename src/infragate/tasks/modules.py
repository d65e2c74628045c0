"""`inv modules-lock` and `inv modules-verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.verb import Outcome, Run, verb

if TYPE_CHECKING:
    from infragate.tasks.arguments import Printer


@verb(
    name="modules-lock",
    help={
        "check": "Write nothing; end 7 when the file is not what the code says.",
        "accept_moved": "Take tags that were moved since they were locked as they are now.",
    },
)
def modules_lock(run: Run, check: bool = False, accept_moved: bool = False) -> Outcome:
    """Write infra/modules.lock: commit and content of every git module that the Stacks pin.

    Refuses branches, modules without a ref, and a tag that stands elsewhere than it did.
    Example: inv modules-lock --sandbox
    """
    from infragate.tasks import arguments
    from infragate.usecases.modules import modules_lock as usecase

    done = usecase.run(
        usecase.ModulesLockRequest(workshop=arguments.workshop(run), check=check, accept_moved=accept_moved)
    )
    pins = [
        {"source": pin.source, "ref": pin.ref, "commit": pin.commit, "tree": pin.tree, "stacks": list(pin.stacks)}
        for pin in done.lock.pins
    ]

    def shown(printer: Printer) -> None:
        for line in done.differences:
            printer.line(line)
        kept = "written" if done.written else "as it was"
        printer.line(f"infra/modules.lock: {len(pins)} pins, {kept}", "good")
        if done.written:
            printer.progress("next: git add infra/modules.lock, and commit it with the change of the pins")

    result = {"pins": pins, "differences": list(done.differences), "written": done.written}
    return Outcome(result=result, show=shown, status="changes" if done.written else "ok")


@verb(
    name="modules-verify",
    help={
        "env": "Only this Environment; default: all whose Stack is here.",
        "remote": "Ask the repositories as well where their tags stand now.",
    },
)
def modules_verify(run: Run, env: str = "", remote: bool = False) -> Outcome:
    """Check the fetched modules of each Stack against infra/modules.lock: commit and content.

    A step of `plan`; by itself it works offline from what was fetched.
    Example: inv modules-verify --remote --sandbox
    """
    from infragate.tasks import arguments
    from infragate.usecases.modules import module_pins
    from infragate.usecases.modules import modules_verify as usecase

    done = usecase.run(
        usecase.ModulesVerifyRequest(
            workshop=arguments.workshop(run), environments=(env,) if env else (), remote=remote
        )
    )
    pins = [
        {
            "stack": stack,
            "module": one.module,
            "source": one.source,
            "ref": one.ref,
            "commit": one.commit,
            "tree": one.tree,
            "expected_commit": one.expected_commit,
            "expected_tree": one.expected_tree,
            "state": one.state,
            "detail": one.detail,
        }
        for stack, states in done.stacks.items()
        for one in states
    ]
    code = module_pins.exit_code(one for states in done.stacks.values() for one in states)

    def shown(printer: Printer) -> None:
        printer.table(
            ("stack", "module", "ref", "commit", "state", ""),
            [
                (
                    stack,
                    one.module or one.source,
                    one.ref or "-",
                    one.commit or "-",
                    one.state,
                    one.detail + module_pins.commits(one),
                )
                for stack, states in done.stacks.items()
                for one in states
            ],
        )
        if done.remotes:
            printer.line(f"{done.remotes} repositories asked")
        if code:
            printer.progress("next: docs/module-lock.md says what each state means and what to do")

    return Outcome(
        result={"pins": pins, "remotes": done.remotes}, show=shown, status="blocked" if code else "ok", exit_code=code
    )
