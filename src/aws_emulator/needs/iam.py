"""IAM: roles, users, groups, policies, providers by name; the boundary as a condition key where AWS sets it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from aws_emulator import stores
from aws_emulator.calls import Call
from aws_emulator.iam.conditions import ContextValue
from aws_emulator.needs.need import Need, action_of, tag_context, tags_as_context

# The only actions with iam:PermissionsBoundary; UpdateAssumeRolePolicy, for one, does not have it.
_WITH_BOUNDARY = re.compile(
    r"(Create(Role|User)|(Attach|Detach)(Role|User)Policy|(Put|Delete)(Role|User)(Policy|PermissionsBoundary))\Z"
)
_BOUNDARY_IN_REQUEST = re.compile(r"Create|Put.*Boundary")
_ARN_PARAMETERS = ("PolicyArn", "OpenIDConnectProviderArn", "SAMLProviderArn", "PolicySourceArn")
_HOLDERS = (
    ("InstanceProfileName", "instance-profile"),
    ("RoleName", "role"),
    ("UserName", "user"),
    ("GroupName", "group"),
)
_READS = re.compile(r"(Get|List|Generate|Simulate)[A-Z]")


def needs(call: Call, account: str) -> list[Need]:
    arn, holder = _resource(call, account)
    if arn is None:
        return [Need(action=action_of(call))] if _READS.match(call.operation) else []
    context = {**tag_context(call), **_context(call, holder)}
    return [Need(action=action_of(call), resource=arn, context=context)]


def _resource(call: Call, account: str) -> tuple[str | None, Any]:
    parameters = call.parameters
    base, path = f"arn:aws:iam::{account}:", str(parameters.get("Path", "/"))
    for parameter, kind in _HOLDERS:
        if parameter in parameters:
            name = str(parameters[parameter])
            holder = stores.holder(account, kind, name)
            new_path = path if call.operation.startswith("Create") else "/"
            return (holder.arn if holder is not None else f"{base}{kind}{new_path}{name}"), holder
    for parameter in _ARN_PARAMETERS:
        if parameter in parameters:
            return str(parameters[parameter]), stores.policy_object(account, str(parameters[parameter]))
    if "PolicyName" in parameters:
        return f"{base}policy{path}{parameters['PolicyName']}", None
    if "AWSServiceName" in parameters:
        return f"{base}role/aws-service-role/{parameters['AWSServiceName']}/*", None
    return _other(call, base), None


def _other(call: Call, base: str) -> str | None:
    parameters = call.parameters
    if call.operation == "CreateOpenIDConnectProvider":
        url = urlsplit(str(parameters.get("Url", "")))
        return f"{base}oidc-provider/{url.netloc}{url.path}"
    if call.operation == "CreateSAMLProvider":
        return f"{base}saml-provider/{parameters.get('Name')}"
    if call.operation == "CreateVirtualMFADevice":
        return f"{base}mfa/{parameters.get('VirtualMFADeviceName')}"
    if "SerialNumber" in parameters:
        return str(parameters["SerialNumber"])
    if call.operation in ("CreateAccountAlias", "DeleteAccountAlias", "UpdateAccountPasswordPolicy"):
        return "*"
    return None


def _context(call: Call, holder: Any) -> dict[str, ContextValue]:
    parameters, operation = call.parameters, call.operation
    boundary = None
    if _WITH_BOUNDARY.match(operation):
        in_request = _BOUNDARY_IN_REQUEST.match(operation)
        stored = getattr(holder, "permissions_boundary_arn", None)
        boundary = parameters.get("PermissionsBoundary") if in_request else stored
    attached = parameters.get("PolicyArn") if re.match("(Attach|Detach)", operation) else None
    return {
        "iam:PermissionsBoundary": boundary,
        "iam:PolicyARN": attached,
        "iam:AWSServiceName": parameters.get("AWSServiceName"),
        **tags_as_context(stores.tags_of(getattr(holder, "tags", None)), "iam"),
    }
