"""The changes by hand of the practice world `drift`: two in each Environment, as an administrator makes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from infragate.adapters.aws import aws_api
from infragate.domain.cloud import Credentials
from infragate.domain.terraform.state_file import Resource
from infragate.usecases.stack import Stack

# Somebody looks at the database from home, for a moment.
_OPEN = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hand:
    client: Callable[[str], Any]
    resources: tuple[Resource, ...]

    def first(self, kind: str, ending: str = "") -> Resource:
        """The first resource of this type whose name has this ending."""
        return next(each for each in self.resources if each.type == kind and each.text("name").endswith(ending))


def make(stack: Stack, administrator: Credentials) -> None:
    """Change the resources of a Stack: small changes in the first Environment, serious ones in the last, prod.

    Raises:
        RemoteFailed: a call failed.
    """
    environment = stack.environment
    names = [each.name for each in stack.session.project.environments]
    place = names.index(environment.name)
    kind = 2 if place == len(names) - 1 else place % 2
    client = partial(aws_api.client, cloud=stack.session.cloud, region=environment.region, credentials=administrator)
    with aws_api.reported("change the sandbox by hand"):
        (_logs_and_role, _alarm_and_health, _database)[kind](
            _Hand(client=client, resources=stack.session.store().resources())
        )


def _logs_and_role(hand: _Hand) -> None:
    group, role = hand.first("aws_cloudwatch_log_group"), hand.first("aws_iam_role", "-task")
    hand.client("logs").put_retention_policy(logGroupName=group.text("name"), retentionInDays=1)
    arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    hand.client("iam").attach_role_policy(RoleName=role.text("name"), PolicyArn=arn)


def _alarm_and_health(hand: _Hand) -> None:
    alarm, targets = hand.first("aws_cloudwatch_metric_alarm"), hand.first("aws_lb_target_group")
    hand.client("cloudwatch").delete_alarms(AlarmNames=[alarm.text("alarm_name")])
    hand.client("elbv2").modify_target_group(TargetGroupArn=targets.text("arn"), HealthCheckPath="/")


def _database(hand: _Hand) -> None:
    database, group = hand.first("aws_db_instance"), hand.first("aws_security_group", "-db")
    hand.client("rds").modify_db_instance(
        DBInstanceIdentifier=database.text("identifier"), BackupRetentionPeriod=1, ApplyImmediately=True
    )
    hand.client("ec2").authorize_security_group_ingress(GroupId=group.text("id"), IpPermissions=[_OPEN])
