"""S3 Control: only the account's own public access block is modelled."""

from __future__ import annotations

from aws_emulator.calls import Call
from aws_emulator.denials import Unjudgeable
from aws_emulator.needs.need import Need

_ACTIONS = {
    "GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "PutPublicAccessBlock": "s3:PutAccountPublicAccessBlock",
    "DeletePublicAccessBlock": "s3:PutAccountPublicAccessBlock",
}


def needs(call: Call, account: str) -> list[Need]:
    if call.operation not in _ACTIONS:
        raise Unjudgeable(f"s3:{call.operation} of S3 Control is not modelled")
    if call.parameters.get("AccountId") not in (None, account):
        raise Unjudgeable(f"s3:{call.operation} on another account is not modelled")
    return [Need(action=_ACTIONS[call.operation])]
