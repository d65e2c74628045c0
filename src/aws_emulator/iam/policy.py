"""IAM policy evaluation, as AWS documents it. Pure: no I/O, no clock, no network.

Sources: AWS IAM user guide, "Policy evaluation logic", "IAM JSON policy elements reference" (actions, resources,
principals, condition operators, variables), "Permissions boundaries", "Session policies"; AWS KMS developer guide,
"Key policies".

``decide`` decides one request. A document that cannot be understood (no Effect, an unknown condition operator, a
malformed address block) raises ``PolicyError``: the caller must treat that as a denial, since a Deny that silently does
not match would allow the request.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from aws_emulator.iam.conditions import ContextValue, PolicyError, as_list, condition_holds, matches

Document = Mapping[str, Any]
_Context = Mapping[str, ContextValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The caller. All empty: anonymous.

    ``arn`` is a user ARN or an assumed-role *session* ARN; ``role_arn`` the role behind a session, with its path;
    ``service`` an AWS service ("ecs-tasks.amazonaws.com"); ``federated`` the ARN of an identity provider.
    """

    arn: str = ""
    account: str = ""
    role_arn: str = ""
    service: str = ""
    federated: str = ""
    root: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """One action on one resource. Context keys are case-insensitive; a value of None means "key absent"."""

    action: str
    resource: str = "*"
    principal: Principal = field(default_factory=Principal)
    context: Mapping[str, ContextValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """All policies that apply to a request.

    ``boundary`` and ``session`` None: no such limit; an empty session tuple allows nothing.
    ``resource_account`` None means the caller's own account. ``resource_must_allow`` is for role trust policies and
    KMS key policies, where identity policies alone never suffice.
    """

    identity: tuple[Document, ...] = ()
    boundary: Document | None = None
    session: tuple[Document, ...] | None = None
    service_control: tuple[Document, ...] = ()
    resource: Document | None = None
    resource_account: str | None = None
    resource_must_allow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """``reason`` continues AWS's own sentence "... is not authorized to perform: X on resource: Y <reason>"."""

    allowed: bool
    reason: str = "allowed"


class Grant(IntEnum):
    """How specifically an Allow names the caller; the higher wins. ACCOUNT only delegates to identity policies."""

    NONE = 0
    IDENTITY = 1
    ACCOUNT = 2
    ANYONE = 3
    ROLE = 4
    DIRECT = 5


@dataclass(frozen=True, slots=True)
class _Outcome:
    denied: bool
    grant: Grant


def parse_document(text: str | bytes) -> Document:
    """The document in a JSON text. Raises PolicyError if it is not a JSON object."""
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise PolicyError(f"policy is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise PolicyError("policy is not a JSON object")
    return parsed


# ---- statements --------------------------------------------------------------------------------------------------


def _aws_grant(name: str, principal: Principal) -> Grant:
    if principal.service or principal.federated:
        return Grant.NONE
    if principal.arn and name == principal.arn:
        return Grant.DIRECT
    if principal.role_arn and name == principal.role_arn:
        return Grant.ROLE
    if principal.account and name in (principal.account, f"arn:aws:iam::{principal.account}:root"):
        return Grant.ACCOUNT
    return Grant.NONE


def principal_grant(element: Any, principal: Principal) -> Grant:
    """How a Principal (or NotPrincipal) element names the caller. Wildcards inside a name do not work, only "*"."""
    if element == "*":
        return Grant.ANYONE
    if not isinstance(element, Mapping):
        raise PolicyError('Principal is neither "*" nor an object')
    best = Grant.NONE
    for kind, names in element.items():
        for name in as_list(names):
            if kind == "AWS":
                best = max(best, Grant.ANYONE if name == "*" else _aws_grant(name, principal))
            elif name and name == {"Service": principal.service, "Federated": principal.federated}.get(kind):
                best = Grant.DIRECT
    return best


def _covers(statement: Document, element: str, value: str, variables: _Context | None) -> bool:
    ignore_case = element == "Action"
    patterns = as_list(statement.get(f"Not{element}", statement.get(element)))
    is_listed = any(matches(pattern, value, variables, ignore_case=ignore_case) for pattern in patterns)
    return is_listed != (f"Not{element}" in statement)


def _statement_grant(statement: Document, principal: Principal, resource_based: bool) -> Grant:
    if not resource_based:
        return Grant.IDENTITY
    if "NotPrincipal" not in statement:
        return principal_grant(statement.get("Principal"), principal)
    named = principal_grant(statement["NotPrincipal"], principal)
    return Grant.ANYONE if named in (Grant.NONE, Grant.ACCOUNT) else Grant.NONE


def _check_statement(statement: Any, resource_based: bool) -> None:
    if not isinstance(statement, Mapping) or statement.get("Effect") not in ("Allow", "Deny"):
        raise PolicyError("statement without an Effect of Allow or Deny")
    if "Action" not in statement and "NotAction" not in statement:
        raise PolicyError("statement without Action or NotAction")
    if not resource_based and "Resource" not in statement and "NotResource" not in statement:
        raise PolicyError("statement without Resource or NotResource")
    if resource_based and "Principal" not in statement and "NotPrincipal" not in statement:
        raise PolicyError("statement of a resource-based policy without Principal or NotPrincipal")


def _applies(statement: Document, request: AccessRequest, context: _Context, has_variables: bool) -> bool:
    variables = context if has_variables else None
    if not _covers(statement, "Action", request.action, None):
        return False
    # Role trust policies have no Resource: they belong to the role.
    has_resource = "Resource" in statement or "NotResource" in statement
    if has_resource and not _covers(statement, "Resource", request.resource, variables):
        return False
    return condition_holds(statement.get("Condition"), context, variables=has_variables)


def _evaluate(document: Document, request: AccessRequest, context: _Context, resource_based: bool) -> _Outcome:
    denied, best = False, Grant.NONE
    has_variables = document.get("Version") == "2012-10-17"  # the older language has none
    for statement in as_list(document.get("Statement")):
        _check_statement(statement, resource_based)
        grant = _statement_grant(statement, request.principal, resource_based)
        if grant is Grant.NONE or not _applies(statement, request, context, has_variables):
            continue
        if statement["Effect"] == "Deny":
            denied = True
        else:
            best = max(best, grant)
    return _Outcome(denied, best)


# ---- the decision ------------------------------------------------------------------------------------------------


def _outcomes(
    documents: Iterable[Document], request: AccessRequest, context: _Context, resource_based: bool = False
) -> list[_Outcome]:
    return [_evaluate(document, request, context, resource_based) for document in documents]


def _refused(kind: str, action: str) -> Decision:
    return Decision(allowed=False, reason=f"because no {kind} policy allows the {action} action")


def _allows(outcomes: list[_Outcome]) -> bool:
    return any(outcome.grant for outcome in outcomes)


def decide(request: AccessRequest, policies: PolicySet) -> Decision:
    """Allowed or not, and why: explicit deny, then SCP, resource policy, boundary, session and identity policies.

    Raises PolicyError if any of the documents cannot be understood.
    """
    context = {key.lower(): value for key, value in request.context.items() if value is not None}
    groups = {
        "identity-based": _outcomes(policies.identity, request, context),
        "permissions boundary": _outcomes([policies.boundary] if policies.boundary else [], request, context),
        "session": _outcomes(policies.session or (), request, context),
        "service control": _outcomes(policies.service_control, request, context),
        "resource-based": _outcomes([policies.resource] if policies.resource else [], request, context, True),
    }
    for kind, outcomes in groups.items():
        if any(outcome.denied for outcome in outcomes):
            return Decision(allowed=False, reason=f"with an explicit deny in a {kind} policy")
    if not all(outcome.grant for outcome in groups["service control"]):
        return _refused("service control", request.action)
    return _combine(request, policies, groups)


def _combine(request: AccessRequest, policies: PolicySet, groups: dict[str, list[_Outcome]]) -> Decision:
    """The decision once no policy denies explicitly."""
    principal = request.principal
    grant = max((outcome.grant for outcome in groups["resource-based"]), default=Grant.NONE)
    same_account = policies.resource_account in (None, principal.account)
    outsider = bool(principal.service or principal.federated or not principal.arn)
    if (outsider or not same_account or policies.resource_must_allow) and not grant:
        return _refused("resource-based", request.action)
    if outsider or (same_account and grant is Grant.DIRECT):
        # A user or session named itself is not limited by the implicit denies of boundary and session policy.
        return Decision(allowed=True)
    if policies.boundary is not None and not _allows(groups["permissions boundary"]):
        return _refused("permissions boundary", request.action)
    if policies.session is not None and not _allows(groups["session"]):
        return _refused("session", request.action)
    if same_account and grant in (Grant.ROLE, Grant.ANYONE):
        return Decision(allowed=True)
    if principal.root or _allows(groups["identity-based"]):
        return Decision(allowed=True)
    return _refused("identity-based", request.action)
