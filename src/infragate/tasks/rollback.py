"""`inv rollback` and `inv config-rollback`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from infragate.report.apply_progress import ApplyProgress
from infragate.tasks.questions import Questions
from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import DOOR, verb

if TYPE_CHECKING:
    from infragate.domain.modules.pin_target import Unordered
    from infragate.usecases.rollback.rollback import RollbackResult

HELP = {
    "reason": "Why; goes into commit, pull request and record. A protected Environment needs one: a terminal asks for it.",
    "apply": "Apply it now and check that the Environment is healthy, instead of proposing it.",
    "yes": "With --apply on a protected Environment: do not ask whether to apply (for programs).",
    "open_pr": "Push the branch and open the pull request (needs GITHUB_TOKEN).",
    "abort": "Discard a rollback that was prepared but not applied, with its branch.",
    **DOOR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The flags of both verbs; release or revision is set."""

    env: str
    release: str = ""
    revision: str = ""
    module: str = ""
    move: Sequence[str] = ()
    keep: Sequence[str] = ()
    reason: str
    apply: bool
    yes: bool
    open_pr: bool
    policy_ref: str = ""
    approvals: str = ""

    @property
    def repeated(self) -> tuple[str, ...]:
        """The flags that `Note.again` does not add by itself."""
        pairs = (
            *(("--move", name) for name in self.move),
            *(("--keep", name) for name in self.keep),
            *(("--policy-ref", self.policy_ref),) * bool(self.policy_ref),
            *(("--approvals", self.approvals),) * bool(self.approvals),
        )
        switches = [name for name, is_set in (("--yes", self.yes), ("--open-pr", self.open_pr)) if is_set]
        return (*(word for pair in pairs for word in pair), *switches)


@verb(
    name="rollback",
    help={
        **HELP,
        "to": "The release's tag (v0.6.1).",
        "module": "Only this module (its name, or the name of its call); default: every git module of the Stack.",
        "move": "Move the pin of this call, although it cannot be compared with the release (a branch, a commit without a tag).",
        "keep": "Leave the pin of this call as it is.",
    },
    iterable=("move", "keep"),
    break_glass=True,
)
def rollback(
    run: Run,
    env: str,
    to: str = "",
    module: str = "",
    move: tuple[str, ...] = (),
    keep: tuple[str, ...] = (),
    reason: str = "",
    apply: bool = False,
    yes: bool = False,
    open_pr: bool = False,
    policy_ref: str = "",
    approvals: str = "",
    abort: bool = False,
) -> Outcome:
    """Take an Environment's modules back to an older release, never forward: as a branch, or applied at once.

    Pins that are at or behind the release stay and are named. The change is planned in a draft and shown before anything
    is applied; a terminal asks whether to apply. A plan that would destroy or replace a stateful resource ends 8, and
    nothing is written. After an interruption, run it again, or undo it with --abort.
    Example: inv rollback --env prod --to v0.6.1 --reason "INC-42: 5xx since v0.7.0" --sandbox
    """
    if abort:
        return _abort(run, env)
    flags = Flags(
        env=env,
        release=to,
        module=module,
        move=move,
        keep=keep,
        reason=reason,
        apply=apply,
        yes=yes,
        open_pr=open_pr,
        policy_ref=policy_ref,
        approvals=approvals,
    )
    return _rollback(run, flags)


@verb(
    name="config-rollback",
    help={**HELP, "to": "The revision of the tfvars (commit, branch or tag of this repository)."},
    break_glass=True,
)
def config_rollback(
    run: Run,
    env: str,
    to: str = "",
    reason: str = "",
    apply: bool = False,
    yes: bool = False,
    open_pr: bool = False,
    policy_ref: str = "",
    approvals: str = "",
    abort: bool = False,
) -> Outcome:
    """Change an Environment's values (its tfvars) back to a revision; code and modules do not change.

    Refuses a revision with variables that the code no longer has, and (8) a plan that would lose a stateful resource.
    Example: inv config-rollback --env dev --to HEAD~1 --sandbox
    """
    if abort:
        return _abort(run, env)
    flags = Flags(
        env=env,
        revision=to,
        reason=reason,
        apply=apply,
        yes=yes,
        open_pr=open_pr,
        policy_ref=policy_ref,
        approvals=approvals,
    )
    return _rollback(run, flags)


def _abort(run: Run, env: str) -> Outcome:
    from infragate.tasks import arguments
    from infragate.usecases.rollback import rollback as usecase

    with arguments.stack(run, env, "plan") as stack:
        message = usecase.abort(stack)
    return Outcome(result={"aborted": message}, show=lambda printer: printer.line(message, "good"))


def _rollback(run: Run, flags: Flags) -> Outcome:
    from infragate.domain.errors import BadInput
    from infragate.report import rollback as report
    from infragate.tasks import arguments
    from infragate.usecases.rollback import rollback as usecase

    if not (flags.release or flags.revision):
        raise BadInput(f"{run.verb}: --to is required", where="command line", fix="add --to, or --abort")
    questions = Questions.of(run.printer)
    _refuse_unconfirmed(run, flags, questions)
    reason = _reason(run, flags, questions)
    with arguments.stack(run, flags.env, "plan") as stack:
        result = usecase.run(
            usecase.RollbackRequest(
                stack=stack,
                release=flags.release or None,
                revision=flags.revision or None,
                module=flags.module or None,
                reason=reason,
                apply=flags.apply,
                watch=lambda reading: ApplyProgress(run.printer, reading.operations),
                describe=partial(report.markdown, clean=run.printer.clean) if flags.open_pr else None,
                decide=lambda change: _decide(change, flags, questions),
                keep=frozenset(flags.keep),
                moves_unordered=lambda pin: _moves(pin, flags, questions),
                flags=flags.repeated,
                door=arguments.door(run, reason=reason, policy_ref=flags.policy_ref, approvals_file=flags.approvals),
            )
        )
    return run.present(report, result, findings=result.findings, changes=result.commit is not None)


def _refuse_unconfirmed(run: Run, flags: Flags, questions: Questions) -> None:
    from infragate.domain.command import Command
    from infragate.domain.errors import BadInput

    protected = run.project.environment(flags.env).protected
    if flags.apply and protected and not flags.yes and not questions.possible:
        to = ("--to", flags.release or flags.revision, *(("--module", flags.module) if flags.module else ()))
        reason = ("--reason", flags.reason) if flags.reason else ()
        raise BadInput(
            f"{flags.env} is protected: applying needs a confirmation, and there is no terminal to ask for it",
            where="command line",
            fix=Command(run.verb, (*to, "--apply", *flags.repeated, "--yes", *reason), env=flags.env),
        )


def _reason(run: Run, flags: Flags, questions: Questions) -> str:
    reason = " ".join(flags.reason.split())
    if not reason and questions.possible and run.project.environment(flags.env).protected:
        return questions.ask(f"{flags.env} is protected. Why this rollback (what is wrong, the incident's number)?")
    return reason


def _decide(change: RollbackResult, flags: Flags, questions: Questions) -> bool:
    """Show the change, and ask where a person decides."""
    from infragate.report import rollback as report

    report.show_change(change, questions.printer)
    step = _after_the_plan(flags, protected=change.request.stack.environment.protected, can_ask=questions.possible)
    if step != "ask":
        return step == "apply"
    otherwise = "anything else applies nothing" if flags.apply else "Enter only proposes it"
    return questions.ask(f"Type {flags.env} to apply this now; {otherwise}:") == flags.env


def _after_the_plan(flags: Flags, *, protected: bool, can_ask: bool) -> Literal["apply", "propose", "ask"]:
    if flags.apply and (flags.yes or not protected):
        return "apply"
    if not can_ask or flags.yes or (flags.open_pr and not flags.apply):
        return "propose"
    return "ask"


def _moves(unordered: Unordered, flags: Flags, questions: Questions) -> bool:
    from infragate.domain.modules import pin_target

    pin = unordered.pin
    if pin.module in flags.move:
        return True
    if not questions.possible:
        return pin_target.refuse_unordered(unordered)
    question = (
        f"{pin.module} stands at {pin.standing}; nobody can tell whether {unordered.tag} is older. Move it? [y/N]"
    )
    return questions.ask(question).lower() in ("y", "yes")
