"""AssumeRole and AssumeRoleWithWebIdentity: parameters, limits, trust policy, and the facts kept with the session.

MFA: a ``SerialNumber`` of a device that is enabled for the calling user plus a six-digit ``TokenCode`` makes
``aws:MultiFactorAuthPresent`` true for the trust policy. **The code itself is not verified**: the emulator has no secret
of the device. For long-term keys without MFA the key is absent, as in AWS.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_emulator import sessions, stores, web_identity
from aws_emulator.callers import Caller
from aws_emulator.calls import Call
from aws_emulator.denials import Denied, invalid
from aws_emulator.iam.conditions import ContextValue
from aws_emulator.iam.policy import AccessRequest, Decision, Document, Principal, decide, parse_document
from aws_emulator.sessions import SessionFacts

OPERATIONS = ("AssumeRole", "AssumeRoleWithWebIdentity")
_NAME = re.compile(r"[\w+=,.@-]{2,64}\Z", re.ASCII)
_CHAINED_LIMIT = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The first refused action, or the last allowed one."""

    action: str
    resource: str
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    caller: Caller
    call: Call
    context: Mapping[str, ContextValue]
    arn: str
    account: str
    role: Any | None

    def parameter(self, name: str) -> Any:
        return self.call.parameters.get(name)

    def tags(self) -> dict[str, str]:
        return {tag["Key"]: tag.get("Value", "") for tag in self.parameter("Tags") or []}


def judge(caller: Caller, call: Call, context: Mapping[str, ContextValue]) -> Verdict:
    """Decide if ``caller`` may assume the role; if so, put the session's facts into ``sessions.pending``.

    Raises Denied for parameters that STS refuses before any policy.
    """
    arn = str(call.parameters.get("RoleArn", ""))
    parts = arn.split(":")
    if len(parts) != 6 or not re.fullmatch(r"\d{12}", parts[4]):
        raise invalid(f"{arn} is invalid")
    attempt = _Attempt(caller=caller, call=call, context=context, arn=arn, account=parts[4], role=stores.role(arn))
    _check_names(attempt)
    _check_duration(attempt)
    source_identity = _source_identity(attempt)
    if call.operation == "AssumeRoleWithWebIdentity":
        return _with_web_identity(attempt, source_identity)
    return _decide(attempt, source_identity, caller.principal, _mfa(attempt), provider=None)


def _with_web_identity(attempt: _Attempt, source_identity: str | None) -> Verdict:
    identity = web_identity.accept(str(attempt.parameter("WebIdentityToken") or ""), attempt.account)
    who = Principal(federated=identity.provider)
    return _decide(attempt, source_identity, who, identity.context, provider=identity.provider)


def _check_names(attempt: _Attempt) -> None:
    for name in ("RoleSessionName", "SourceIdentity"):
        value = attempt.parameter(name)
        if (value is not None or name == "RoleSessionName") and not _NAME.match(str(value or "")):
            raise invalid(f"Value at '{name}' failed to satisfy constraint: 2-64 of [\\w+=,.@-]")


def _check_duration(attempt: _Attempt) -> None:
    seconds = int(attempt.parameter("DurationSeconds") or 3600)
    if not 900 <= seconds <= 43200:
        raise invalid("Value at 'durationSeconds' failed to satisfy constraint: 900 to 43200")
    if attempt.role is not None and seconds > int(attempt.role.max_session_duration or 3600):
        raise invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    if attempt.caller.session is not None and seconds > _CHAINED_LIMIT:
        raise invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        )


def _source_identity(attempt: _Attempt) -> str | None:
    """The source identity of the new session; it cannot be changed along a chain."""
    inherited = sessions.facts_of(attempt.caller.session).source_identity
    requested = attempt.parameter("SourceIdentity")
    if inherited and requested not in (None, inherited):
        raise Denied(
            f"User: {attempt.caller.name} is not authorized to perform: sts:SetSourceIdentity on resource: "
            f"{attempt.arn} because the source identity of the session cannot be changed"
        )
    return requested or inherited


def _mfa(attempt: _Attempt) -> dict[str, ContextValue]:
    serial, code = attempt.parameter("SerialNumber"), attempt.parameter("TokenCode")
    if serial is None and code is None:
        return {}
    if serial not in attempt.caller.mfa_devices or not re.fullmatch(r"[0-9]{6}", str(code or "")):
        raise Denied("MultiFactorAuthentication failed with invalid MFA one time pass code.", code="AccessDenied")
    return {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}


def _session_policies(attempt: _Attempt) -> tuple[Document, ...] | None:
    inline = attempt.parameter("Policy")
    documents = [parse_document(inline)] if inline else []
    documents += [stores.managed_policy(attempt.account, item["arn"]) for item in attempt.parameter("PolicyArns") or []]
    return tuple(documents) or None


def _facts(attempt: _Attempt, source_identity: str | None, provider: str | None) -> SessionFacts:
    before = sessions.facts_of(attempt.caller.session)
    return SessionFacts(
        source_identity=source_identity,
        tags={**before.inherited_tags(), **attempt.tags()},
        transitive_tags=(*(attempt.parameter("TransitiveTagKeys") or ()), *before.transitive_tags),
        policies=_session_policies(attempt),
        provider=provider,
    )


def _trust_context(attempt: _Attempt, source_identity: str | None) -> dict[str, ContextValue]:
    tags = attempt.tags()
    role_tags = stores.tags_of(getattr(attempt.role, "tags", None))
    return {
        **attempt.context,
        "aws:ResourceAccount": attempt.account,
        "sts:ExternalId": attempt.parameter("ExternalId"),
        "sts:RoleSessionName": attempt.parameter("RoleSessionName"),
        "sts:SourceIdentity": source_identity,
        "sts:TransitiveTagKeys": attempt.parameter("TransitiveTagKeys"),
        "aws:TagKeys": list(tags) or None,
        **{f"aws:RequestTag/{key}": value for key, value in tags.items()},
        **{f"aws:ResourceTag/{key}": value for key, value in role_tags.items()},
        **{f"iam:ResourceTag/{key}": value for key, value in role_tags.items()},
    }


def _decide(
    attempt: _Attempt,
    source_identity: str | None,
    who: Principal,
    extra: Mapping[str, ContextValue],
    *,
    provider: str | None,
) -> Verdict:
    """Decide sts:AssumeRole*, and if used sts:SetSourceIdentity and sts:TagSession; caller and role must allow each."""
    facts = _facts(attempt, source_identity, provider)
    actions = [f"sts:{attempt.call.operation}"]
    actions += ["sts:SetSourceIdentity"] if source_identity else []
    actions += ["sts:TagSession"] if facts.tags else []
    context = {**_trust_context(attempt, source_identity), **extra}
    decision, action = Decision(allowed=False), actions[0]
    for action in actions:
        decision = _decide_action(attempt, action, who, context)
        if not decision.allowed:
            return Verdict(action=action, resource=attempt.arn, decision=decision)
    sessions.pending.set(facts)
    return Verdict(action=actions[0], resource=attempt.arn, decision=decision)


def _decide_action(attempt: _Attempt, action: str, who: Principal, context: Mapping[str, ContextValue]) -> Decision:
    if attempt.role is None:
        return Decision(allowed=False, reason=f"because no resource-based policy allows the {action} action")
    policies = dataclasses.replace(
        attempt.caller.policies,
        resource=stores.document(attempt.role.assume_role_policy_document),
        resource_account=attempt.account,
        resource_must_allow=True,
    )
    return decide(AccessRequest(action=action, resource=attempt.arn, principal=who, context=context), policies)
