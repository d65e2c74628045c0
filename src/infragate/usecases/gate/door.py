"""The door: the check before an apply. Where the Environment's rules require a Verdict, the gate's Verdict must still hold.

A break-glass apply goes past it with a reason, and leaves a record: until a judged apply has succeeded, every apply needs a
Verdict, whatever the rules are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters import policy_bundle
from infragate.adapters.local import clock
from infragate.adapters.tools import tools_file
from infragate.domain.command import Command, advice
from infragate.domain.errors import BadInput, Blocked, InfragateError, Interrupted
from infragate.domain.gate import approvals as approving
from infragate.domain.gate import sealed_verdict as sealed_verdicts
from infragate.domain.gate.approvals import Approvals
from infragate.domain.gate.sealed_verdict import SealedVerdict
from infragate.domain.manifest import Manifest
from infragate.usecases.gate import trusted_rules
from infragate.usecases.gate.trusted_rules import TrustedRules
from infragate.usecases.stack import Stack

UNJUDGED, SETTLED = "unjudged", "settled"  # names of records in the state bucket
RUNBOOK = "runbooks/gate-cannot-run.md, 'After a break-glass apply'"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRequest:
    """What the check of an apply needs.

    Attributes:
        reason: of a break-glass apply.
        policy_ref: as in the gate, but it must be a commit of the base branch.
        least: approvals that it needs whatever the Verdict says; from 1 on, it also needs a Verdict, whatever the rules are.
        approvals: reads who approves the commit of a checkout now; called only if approvals are needed.
    """

    reason: str = ""
    policy_ref: str | None = None
    least: int = 0
    approvals: Callable[[Path], Approvals] = approving.nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """How an apply passed the door.

    Attributes:
        required: a Verdict was required, by the rules or by an unsettled break-glass apply.
        past: the break-glass reason, if it lacks the Verdict that it needed; "" otherwise.
        unsettled: key of the record of the break-glass apply that a judged apply settles.
    """

    required: bool
    past: str = ""
    unsettled: str | None = None
    approvals: Approvals = approving.NONE


def is_required(stack: Stack, *, policy_ref: str | None = None) -> bool:
    """True if the rules of the Environment require a Verdict for an apply.

    Raises:
        BadInput: the policy cannot be read, or `policy_ref` is not of the base branch.
    """
    return _rules(stack, policy_ref).rules.verdict_for_apply


def needs_verdict(stack: Stack, *, policy_ref: str | None = None) -> bool:
    """True if the next apply needs a Verdict: by the rules, or since a break-glass apply is not settled.

    Raises:
        BadInput: as `is_required`. RemoteFailed: the records cannot be read.
    """
    return is_required(stack, policy_ref=policy_ref) or _unsettled(stack) is not None


def check(stack: Stack, manifest: Manifest, request: DoorRequest | None) -> Passed:
    """Let an apply pass, or refuse it.

    Args:
        request: None skips the check.

    Raises:
        Blocked: the plan was not judged, or the Verdict does not allow it. Integrity: policy or programs have changed since.
        BadInput: a break-glass apply without a reason; or as `is_required`.
        RemoteFailed: the approvals, or the records, cannot be read; under break-glass that is a warning for approvals.
    """
    if request is None:
        return Passed(required=False)
    unsettled = _unsettled(stack)
    trusted = _rules(stack, request.policy_ref)
    if not (trusted.rules.verdict_for_apply or request.least) and unsettled is None:
        return Passed(required=False)
    approvals = _approvals(stack, manifest.verdict, request)
    error = _refusal(manifest.verdict, trusted, approvals)
    if error is None and stack.session.purpose != "break-glass":
        error = _too_few(approvals, request.least)
    if error is None:
        return Passed(required=True, unsettled=unsettled, approvals=approvals)
    if stack.session.purpose == "break-glass":
        return _past(stack, request, error.message, unsettled)
    gate = Command("gate", env=stack.environment.name)
    again = gate if manifest.verdict is None else advice(gate, " shows why, and judges it again")
    needed = f"; a Verdict is needed since {unsettled} is not settled ({RUNBOOK})"
    because = "" if unsettled is None or trusted.rules.verdict_for_apply else needed
    raise error.amended(message=error.message + because, where=stack.environment.directory, fix=error.fix or again)


def refusal(stack: Stack, verdict: SealedVerdict | None, request: DoorRequest) -> InfragateError | None:
    """Why the gate's Verdict does not allow an apply now, whatever the rules require; None if it does.

    Raises:
        BadInput: as `is_required`. RemoteFailed: the approvals cannot be read.
    """
    trusted = _rules(stack, request.policy_ref)
    return _refusal(verdict, trusted, _approvals(stack, verdict, request))


def _rules(stack: Stack, policy_ref: str | None) -> TrustedRules:
    policy_bundle.refuse_own_policy(stack.root, policy_ref)
    return trusted_rules.read(stack.root, stack.environment, ref=policy_ref)


def _approvals(stack: Stack, verdict: SealedVerdict | None, request: DoorRequest) -> Approvals:
    """Who approves now; NONE if that changes nothing. An emergency does not wait for GitHub."""
    if request.least == 0 and (verdict is None or verdict.approvals_required == 0):
        return approving.NONE
    try:
        return request.approvals(stack.root)
    except InfragateError as failed:
        if isinstance(failed, Interrupted) or stack.session.purpose != "break-glass":
            raise
        stack.session.warn(f"the approvals cannot be read, so there are none: {failed.message}")
        return approving.NONE


def _too_few(approvals: Approvals, least: int) -> Blocked | None:
    """The error for fewer approvals than every apply needs here."""
    if len(approvals.counting) >= least:
        return None
    owners = (f"an owner of {missing.file} must be among them" for missing in approvals.missing_owners)
    why = "; ".join([*(f"{name}: {reason}" for name, reason in approvals.not_counted), *owners])
    return Blocked(
        f"approvals are missing ({least} required, {len(approvals.counting)} given): {why or 'nobody has approved'}",
        fix="have somebody with write access, not the author, approve this commit; then apply again",
    )


def _refusal(verdict: SealedVerdict | None, trusted: TrustedRules, approvals: Approvals) -> InfragateError | None:
    return sealed_verdicts.refusal(
        verdict,
        policy=trusted.bundle.digest,
        tools=_still_pinned(verdict, trusted.pins),
        approvals=len(approvals.counting),
        today=clock.now().date(),
    )


def settle(stack: Stack, passed: Passed, record: str) -> None:
    """After a judged apply: the break-glass apply before it is settled. The apply has happened: a failure is a warning."""
    if passed.unsettled is not None and not passed.past:
        document = {
            "schema_version": 1,
            "settles": passed.unsettled,
            "apply": record,
            "actor": stack.session.actor.name,
        }
        stack.session.store().put_record(SETTLED, document, clock.now())
        stack.say(f"settled: {passed.unsettled}")


def _past(stack: Stack, request: DoorRequest, why: str, unsettled: str | None) -> Passed:
    if not request.reason.strip():
        raise BadInput(
            f"this break-glass apply goes past the gate, so it needs a reason ({why})",
            where=stack.environment.name,
            fix='add --reason "what is wrong, and the incident\'s number"',
        )
    stack.session.warn(f"BREAK-GLASS: applying what the gate does not allow: {why}")
    stack.session.warn(f"the next apply needs a Verdict, whatever the rules are: {RUNBOOK}")
    return Passed(required=True, past=request.reason.strip(), unsettled=unsettled)


def _unsettled(stack: Stack) -> str | None:
    """The key of the last unjudged apply, if the last judged one has not settled it."""
    store = stack.session.store()
    keys = store.records()
    unjudged = next((key for key in reversed(keys) if key.endswith(f"-{UNJUDGED}.json")), None)
    settled = next((key for key in reversed(keys) if key.endswith(f"-{SETTLED}.json")), None)
    # One that began while the judged apply ran is later than what that settles.
    return None if unjudged is None or (settled and store.record(settled).get("settles") == unjudged) else unjudged


def _still_pinned(verdict: SealedVerdict | None, pinning: Path) -> tuple[str, ...]:
    """Those programs of a SealedVerdict that the present pins accept; infragate itself is in the Manifest."""
    if verdict is None:
        return ()
    pins = {tool.name: tool for tool in tools_file.read(tools_file.path(pinning)).tools}
    return tuple(
        named
        for named in verdict.tools
        for tool, _, version in [named.partition(" ")]
        if tool not in pins or pins[tool].accepts.contains(version)
    )
