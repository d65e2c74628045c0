"""KMS: keys by id, ARN or alias; alias operations also need the alias itself."""

from __future__ import annotations

import re

from aws_emulator import stores
from aws_emulator.calls import Call
from aws_emulator.iam.conditions import ContextValue
from aws_emulator.needs.need import Need, action_of, tag_context
from aws_emulator.needs.service_keys import encryption_context, key_context

_WITHOUT_KEY = ("CreateKey", "ListKeys", "ListAliases", "GenerateRandom")
_ALIASES = re.compile(r"(Create|Update|Delete)Alias\Z")


def needs(call: Call, account: str) -> list[Need]:
    action, reference = action_of(call), call.parameters.get("TargetKeyId") or call.parameters.get("KeyId")
    if call.operation == "ReEncrypt":
        return []  # two keys under two actions: not modelled
    context = {**tag_context(call), **_context(call, account)}
    required = []
    if reference is None and _ALIASES.match(call.operation):
        reference = call.parameters.get("AliasName")  # DeleteAlias names the key only through its alias
    if reference is not None:
        arn, _ = stores.kms_key(str(reference), account, call.region)
        named = {"kms:RequestAlias": reference} if str(reference).startswith("alias/") else {}
        required.append(Need(action=action, resource=arn, context={**context, **named, **key_context(arn)}))
    elif call.operation in _WITHOUT_KEY:
        required.append(Need(action=action, context=context))
    if _ALIASES.match(call.operation):
        alias = call.arn(account, str(call.parameters["AliasName"]))
        required.append(Need(action=action, resource=alias, context=context))
    return required


def _context(call: Call, account: str) -> dict[str, ContextValue]:
    grant = call.operation == "CreateGrant"
    return {
        "kms:CallerAccount": account,
        "kms:GrantIsForAWSResource": "false" if grant else None,
        "kms:GranteePrincipal": call.parameters.get("GranteePrincipal"),
        "kms:GrantOperations": call.parameters.get("Operations") if grant else None,
        "kms:ScheduleKeyDeletionPendingWindowInDays": _text(call.parameters.get("PendingWindowInDays")),
        **encryption_context(call.parameters.get("EncryptionContext") or {}),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
