"""The permissions that an API call needs: actions, resources and context keys.

Services whose parameters name their resources are in ``named``; every other modelled service has its own module. Calls
of any other service cannot be judged. Sources: AWS service authorization reference, and for the permissions besides a
call's own action the permissions pages of each service's guide.
"""

from __future__ import annotations

from collections.abc import Callable

from aws_emulator.calls import Call
from aws_emulator.denials import Unjudgeable
from aws_emulator.needs import (
    creation_tags,
    dynamodb,
    ec2,
    ecs,
    iam,
    kms,
    load_balancing,
    managed_secrets,
    named,
    passed_roles,
    s3,
    s3control,
    service_keys,
    service_roles,
    sts,
)
from aws_emulator.needs.need import Need, action_of

Reader = Callable[[Call, str], list[Need]]

_SERVICES: dict[str, Reader] = {
    "dynamodb": dynamodb.needs,
    "ec2": ec2.needs,
    "ecs": ecs.needs,
    "elasticloadbalancing": load_balancing.needs,
    "iam": iam.needs,
    "kms": kms.needs,
    "s3": s3.needs,
    "s3control": s3control.needs,
    "sts": sts.needs,
    **dict.fromkeys(named.SERVICES, named.needs),
}
_BESIDES = (creation_tags.needs, passed_roles.needs, service_keys.needs, managed_secrets.needs, service_roles.needs)


def needs(call: Call, account: str) -> list[Need]:
    """All permissions that ``call`` needs in ``account``; the call's own action comes first.

    Raises Unjudgeable if the call is not modelled.
    """
    read = _SERVICES.get(call.service)
    if read is None:
        raise Unjudgeable(f"{action_of(call)}: the service is not modelled")
    own = read(call, account)
    if not own:
        raise Unjudgeable(f"{action_of(call)}: no resource found in the request")
    return own + [need for find in _BESIDES for need in find(call, account, own)]
