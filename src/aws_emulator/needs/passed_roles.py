"""iam:PassRole for every role ARN that a call passes to a service.

A role ARN in a KMS grant, a bucket policy and the like is not passed, nor is a service-linked role.
"""

from __future__ import annotations

import re

from aws_emulator import stores
from aws_emulator.calls import Call
from aws_emulator.needs.need import Need

_ROLE = re.compile(r"arn:aws:iam::\d+:role/(?!aws-service-role/)\S+\Z")
_HANDS_OVER = re.compile(r"(Create|Register|Put|Run|Update|Start|Modify|Set|Restore)[A-Z]")
_NOT_FROM = ("iam", "sts", "s3", "s3control", "kms")
_RECEIVERS = {"ecs": "ecs-tasks", "ec2": "vpc-flow-logs", "rds": "monitoring.rds"}
_WITH_PROFILE = ("RunInstances", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation")


def needs(call: Call, account: str, _: list[Need]) -> list[Need]:
    if call.operation in _WITH_PROFILE and call.service == "ec2":
        profile = call.parameters.get("IamInstanceProfile") or {}
        name = str(profile.get("Name") or str(profile.get("Arn", "")).rsplit("/", 1)[-1])
        return [_pass(role.arn, "ec2") for role in stores.profile_roles(account, name)]
    if call.service == "iam" and call.operation == "AddRoleToInstanceProfile":
        return [_pass(stores.role_arn(account, str(call.parameters["RoleName"])), "ec2")]
    if call.service in _NOT_FROM or not _HANDS_OVER.match(call.operation):
        return []
    receiver = _RECEIVERS.get(call.service, call.service)
    return [_pass(value, receiver) for value in call.strings() if _ROLE.match(value)]


def _pass(arn: str, service: str) -> Need:
    return Need(action="iam:PassRole", resource=arn, context={"iam:PassedToService": f"{service}.amazonaws.com"})
