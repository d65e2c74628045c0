"""KMS permissions that another service uses on behalf of its caller (kms:ViaService).

AWS managed keys (``alias/aws/...``) need none: their key policy lets everyone in the account use them through the
service. Grants are not evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_emulator import resource_tags, stores
from aws_emulator.calls import Call
from aws_emulator.iam.conditions import ContextValue
from aws_emulator.needs.need import Need, tags_as_context

_GRANTS = ("DescribeKey", "CreateGrant")
_DATA_KEYS = ("GenerateDataKey", "Decrypt")


def encryption_context(pairs: Mapping[str, str]) -> dict[str, ContextValue]:
    """kms:EncryptionContext:KEY and kms:EncryptionContextKeys."""
    named = {f"kms:EncryptionContext:{key}": value for key, value in pairs.items()}
    return {**named, "kms:EncryptionContextKeys": list(pairs) or None}


def key_context(arn: str) -> dict[str, ContextValue]:
    """kms:ResourceAliases and aws:ResourceTag/KEY of a key; empty for one that does not exist."""
    _, key = stores.kms_key(arn, "", "")
    if key is None:
        return {}
    return {
        "kms:ResourceAliases": sorted(key.aliases) or None,
        **tags_as_context(resource_tags.of("kms", arn)),
    }


def key_need(
    call: Call,
    account: str,
    reference: str,
    actions: Sequence[str],
    pairs: Mapping[str, str] | None = None,
    via: str = "",
) -> list[Need]:
    """``actions`` of KMS on the key ``reference`` (id, ARN or alias), used through ``via`` (default: call's service)."""
    if "alias/aws/" in reference:
        return []
    arn, key = stores.kms_key(reference, account, call.region)
    if key is not None and key.key_manager == "AWS":
        return []
    context: dict[str, ContextValue] = {
        "kms:ViaService": f"{via or call.service}.{call.region}.amazonaws.com",
        "kms:CallerAccount": account,
        "kms:GrantIsForAWSResource": "true" if "CreateGrant" in actions else None,
        "aws:ViaAWSService": "true",
        **encryption_context(pairs or {}),
        **key_context(arn),
    }
    if reference.startswith("alias/"):
        context["kms:RequestAlias"] = reference
    return [Need(action=f"kms:{action}", resource=arn, context=context) for action in actions]


def needs(call: Call, account: str, _: list[Need]) -> list[Need]:
    """Keys for the resources that a call creates or changes, and keys of the secrets that it reads or writes."""
    if call.service == "secretsmanager":
        return _secret(call, account)
    if call.service == "ssm":
        return _secure_string(call, account)
    named = _named_key(call)
    if named is None or not call.operation.startswith(("Create", "Update", "Modify", "Restore")):
        return []
    return key_need(call, account, named, _GRANTS)


def _named_key(call: Call) -> str | None:
    parameters: dict[str, Any] = call.parameters
    if call.service == "rds":
        return parameters.get("KmsKeyId")
    if call.service == "dynamodb":
        return (parameters.get("SSESpecification") or {}).get("KMSMasterKeyId")
    if call.service == "ecr":
        return (parameters.get("encryptionConfiguration") or {}).get("kmsKey")
    return None


def _secret(call: Call, account: str) -> list[Need]:
    key = call.parameters.get("KmsKeyId")
    name = str(call.parameters.get("SecretId", ""))
    secret = stores.secret(stores.backend("secretsmanager", account, call.region), name, name) if name else None
    if key is None and secret is not None:
        key = getattr(secret, "kms_key_id", None)
    if not key:
        return []
    pairs = {"SecretARN": secret.arn} if secret is not None else {}
    if call.operation == "GetSecretValue":
        return key_need(call, account, key, ("Decrypt",), pairs)
    if call.operation in ("CreateSecret", "PutSecretValue", "UpdateSecret"):
        return key_need(call, account, key, _DATA_KEYS, pairs)
    return []


def _secure_string(call: Call, account: str) -> list[Need]:
    name, new_key = str(call.parameters.get("Name", "")), call.parameters.get("KeyId")
    if call.operation == "PutParameter" and call.parameters.get("Type") == "SecureString" and new_key:
        return key_need(call, account, new_key, ("Encrypt",), _parameter_context(call, account, name))
    if not call.parameters.get("WithDecryption"):
        return []
    required = []
    for parameter in [name] if name else call.parameters.get("Names") or []:
        if key := stores.parameter_key(account, call.region, str(parameter)):
            required += key_need(call, account, key, ("Decrypt",), _parameter_context(call, account, str(parameter)))
    return required


def _parameter_context(call: Call, account: str, name: str) -> dict[str, str]:
    return {"PARAMETER_ARN": call.arn(account, f"parameter/{name.lstrip('/')}")}
