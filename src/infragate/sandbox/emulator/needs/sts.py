"""STS apart from AssumeRole, which ``assume`` judges; GetCallerIdentity needs no right at all."""

from __future__ import annotations

from infragate.sandbox.emulator.calls import Call
from infragate.sandbox.emulator.denials import Unjudgeable
from infragate.sandbox.emulator.needs.need import Need, action_of


def needs(call: Call, account: str) -> list[Need]:
    if call.operation in ("DecodeAuthorizationMessage", "GetAccessKeyInfo"):
        return [Need(action=action_of(call))]
    raise Unjudgeable(f"{action_of(call)} is not modelled")
