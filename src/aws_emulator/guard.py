"""IAM enforcement in front of every service: a request reaches moto only if its caller has every permission it needs.

A request that cannot be read or judged is refused, with ``cannot judge`` and the action in the answer, in the log and
in the list of unjudged actions. ``aws:SecureTransport`` is true: the loopback stands for TLS. SigV4 is checked;
presigned URLs count as anonymous. Unsigned requests may only assume roles by web identity and read public objects.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aws_emulator import assume, callers, calls, denials, signature
from aws_emulator.callers import Caller
from aws_emulator.calls import Call, Credentials
from aws_emulator.denials import Answer, Denied, Unjudgeable
from aws_emulator.iam.conditions import ContextValue
from aws_emulator.judge import judge
from aws_emulator.needs import needs, service_roles
from aws_emulator.needs.need import action_of
from aws_emulator.records import Records

log = logging.getLogger("aws_emulator")
_PUBLIC_READS = ("GET", "HEAD")


@dataclass(slots=True, kw_only=True)
class _Request:
    """What is known of a request so far, for the wording of a refusal."""

    environ: dict[str, Any]
    body: bytes
    service: str = "s3"
    protocol: str = "rest-xml"
    action: str = ""
    caller: Caller = field(default_factory=Caller)


def check(environ: dict[str, Any], body: bytes, records: Records) -> Answer | None:
    """The refusal of a request; None when it may go on to moto."""
    request = _Request(environ=environ, body=body)
    try:
        _check(request, records)
    except Denied as denied:
        if denied.code:  # refused before or outside the policy evaluation: not recorded yet
            reason = f"{denied.code}: {denied.message}"
            records.add(request.caller, request.action or request.service, "", allowed=False, reason=reason)
        return denials.answer(request.protocol, request.service, denied)
    except Exception as error:  # fail closed: a request that cannot be understood is refused and logged
        return _unjudged(request, records, error)
    return None


def _unjudged(request: _Request, records: Records, error: Exception) -> Answer:
    action = request.action or f"{request.service}:?"
    if not isinstance(error, Unjudgeable):
        log.error("cannot judge %s", action, exc_info=error)
    denied = denials.unjudged(action, error)
    records.add_unjudged(action)
    records.add(request.caller, action, "", allowed=False, reason=denied.message)
    return denials.answer(request.protocol, request.service, denied)


def _check(request: _Request, records: Records) -> None:
    credentials = calls.credentials(request.environ)
    region = _route(request, credentials)
    call = calls.parse(request.environ, request.body, request.service, region)
    request.protocol, request.action = call.protocol, action_of(call)
    if credentials is not None:
        caller = callers.identify(credentials.access_key, request.environ.get("HTTP_X_AMZ_SECURITY_TOKEN"))
        signature.check(request.environ, request.body, credentials, caller.secret)
        request.caller = caller
    context = _context(request, region)
    if call.service == "sts" and call.operation == "GetCallerIdentity":
        return  # needs no permission, and cannot be denied
    if call.service == "sts" and call.operation in assume.OPERATIONS:
        _check_assume(request, call, context, records)
    else:
        _check_needs(request, call, context, records)


def _route(request: _Request, credentials: Credentials | None) -> str:
    """Set the service as moto will route it; return the region."""
    environ = request.environ
    if credentials is not None:
        request.service = credentials.scope[2]
        return credentials.scope[1]
    if calls.is_web_identity(environ, request.body):
        request.service, request.protocol = "sts", "query"
        return "us-east-1"
    first = environ["PATH_INFO"].lstrip("/").split("/", 1)[0]
    # moto routes by SERVICE_REGION in the path and by a target header: neither may choose a service here.
    if environ["REQUEST_METHOD"] not in _PUBLIC_READS or "_" in first or environ.get("HTTP_X_AMZ_TARGET"):
        raise Denied("Access Denied: the request is not signed", code="AccessDenied")
    return "us-east-1"


def _check_assume(request: _Request, call: Call, context: Mapping[str, ContextValue], records: Records) -> None:
    verdict = assume.judge(request.caller, call, context)
    decision = verdict.decision
    records.add(request.caller, verdict.action, verdict.resource, allowed=decision.allowed, reason=decision.reason)
    if not decision.allowed:
        raise _not_authorized(request.caller, verdict.action, verdict.resource, decision.reason)


def _check_needs(request: _Request, call: Call, context: Mapping[str, ContextValue], records: Records) -> None:
    account = request.caller.principal.account
    for need in needs(call, account):
        decision = judge(request.caller, need, context)
        records.add(request.caller, need.action, need.resource, allowed=decision.allowed, reason=decision.reason)
        if not decision.allowed:
            raise _not_authorized(request.caller, need.action, need.resource, decision.reason)
        if need.action == service_roles.CREATE and call.service != "iam":
            service_roles.create(account, need)


def _not_authorized(caller: Caller, action: str, resource: str, reason: str) -> Denied:
    return Denied(f"User: {caller.name} is not authorized to perform: {action} on resource: {resource} {reason}")


def _context(request: _Request, region: str) -> dict[str, ContextValue]:
    """The global condition keys of a request; ``aws:TokenIssueTime`` is the current time, as moto does not store it."""
    now, caller = datetime.now(UTC), request.caller
    moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "aws:PrincipalAccount": caller.principal.account or None,
        "aws:PrincipalIsAWSService": "false",
        "aws:SourceIp": request.environ.get("REMOTE_ADDR"),
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        "aws:RequestedRegion": region,
        "aws:UserAgent": request.environ.get("HTTP_USER_AGENT"),
        "aws:CurrentTime": moment,
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:TokenIssueTime": moment if caller.session is not None else None,
        **caller.context,
    }
