"""STS apart from AssumeRole, which ``assume`` judges; GetCallerIdentity needs no right at all."""

from __future__ import annotations

from aws_emulator.calls import Call
from aws_emulator.denials import Unjudgeable
from aws_emulator.needs.need import Need, action_of


def needs(call: Call, account: str) -> list[Need]:
    if call.operation in ("DecodeAuthorizationMessage", "GetAccessKeyInfo"):
        return [Need(action=action_of(call))]
    raise Unjudgeable(f"{action_of(call)} is not modelled")
