"""iam:CreateServiceLinkedRole, needed by the first load balancer, database, cluster and scalable target of an account."""

from __future__ import annotations

from aws_emulator import stores
from aws_emulator.calls import Call
from aws_emulator.needs.need import Need

CREATE = "iam:CreateServiceLinkedRole"
# (signing name, operation) -> service name, role name
_ROLES = {
    ("elasticloadbalancing", "CreateLoadBalancer"): (
        "elasticloadbalancing.amazonaws.com",
        "AWSServiceRoleForElasticLoadBalancing",
    ),
    ("rds", "CreateDBInstance"): ("rds.amazonaws.com", "AWSServiceRoleForRDS"),
    ("ecs", "CreateCluster"): ("ecs.amazonaws.com", "AWSServiceRoleForECS"),
    ("application-autoscaling", "RegisterScalableTarget"): (
        "ecs.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
    ),
}


def needs(call: Call, account: str, _: list[Need]) -> list[Need]:
    service, role = _ROLES.get((call.service, call.operation), ("", ""))
    if not service or _exists(account, service):
        return []
    arn = f"arn:aws:iam::{account}:role/aws-service-role/{service}/{role}"
    return [Need(action=CREATE, resource=arn, context={"iam:AWSServiceName": service})]


def _exists(account: str, service: str) -> bool:
    """By path, as moto names some of these roles differently from AWS."""
    return any(role.path == f"/aws-service-role/{service}/" for role in stores.iam(account).roles.values())


def create(account: str, need: Need) -> None:
    """Create the role of ``need``, as AWS does during the call."""
    stores.iam(account).create_service_linked_role(str(need.context["iam:AWSServiceName"]), "", "")
