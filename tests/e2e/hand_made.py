"""What people and AWS do to resources outside of Terraform: twelve changes that are drift, and twelve that are not."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.e2e.product import DEV, PROD, Product

STG = "222222222222"
OPEN = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
CLUSTER, TASK = "fileflow-dev", "fileflow-dev-task"


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody with every right in the accounts of a checkout's sandbox."""

    world: Product

    def dev(self, service: str) -> Any:
        return self.world.administrator(service, DEV)

    def stg(self, service: str) -> Any:
        return self.world.administrator(service, STG)

    def prod(self, service: str) -> Any:
        return self.world.administrator(service, PROD)


Change = Callable[[Hand], None]

# ---- drift ----------------------------------------------------------------------------------------------------------


def shorten_backups(hand: Hand) -> None:
    hand.prod("rds").modify_db_instance(
        DBInstanceIdentifier="fileflow-prod", BackupRetentionPeriod=1, ApplyImmediately=True
    )


def delete_alarm(hand: Hand) -> None:
    hand.dev("cloudwatch").delete_alarms(AlarmNames=["fileflow-dev-rds-cpu"])


def open_bucket(hand: Hand) -> None:
    hand.stg("s3").delete_public_access_block(Bucket="fileflow-stg-files")


def open_database(hand: Hand) -> None:
    ec2 = hand.prod("ec2")
    group = group_of(ec2, "fileflow-prod-db")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[OPEN])


def group_of(ec2: Any, name: str) -> str:
    filters = [{"Name": "group-name", "Values": [name]}]
    return str(ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"])


def attach_policy(hand: Hand) -> None:
    hand.dev("iam").attach_role_policy(RoleName=TASK, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")


def scale_by_hand(hand: Hand) -> None:
    hand.prod("ecs").update_service(cluster="fileflow-prod", service="fileflow-prod", desiredCount=1)


def remove_tag(hand: Hand) -> None:
    ecs = hand.dev("ecs")
    arn = ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["clusterArn"]
    ecs.untag_resource(resourceArn=arn, tagKeys=["owner"])


def share_bucket(hand: Hand) -> None:
    resource = "arn:aws:s3:::fileflow-stg-files/*"
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    hand.stg("s3").put_bucket_policy(Bucket="fileflow-stg-files", Policy=document)


def change_parameter(hand: Hand) -> None:
    hand.stg("ssm").put_parameter(Name="/fileflow/stg/level", Value="debug", Type="String", Overwrite=True)


def add_listener_rule(hand: Hand) -> None:
    elb = hand.prod("elbv2")
    balancer = elb.describe_load_balancers(Names=["fileflow-prod"])["LoadBalancers"][0]["LoadBalancerArn"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    (https,) = (each["ListenerArn"] for each in listeners if each["Protocol"] == "HTTPS")
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    conditions = [{"Field": "path-pattern", "Values": ["/admin"]}]
    elb.create_rule(ListenerArn=https, Priority=7, Conditions=conditions, Actions=[answer])


def change_health_check(hand: Hand) -> None:
    elb = hand.dev("elbv2")
    group = elb.describe_target_groups(Names=["fileflow-dev-8080"])["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group(TargetGroupArn=group, HealthCheckPath="/")


def shorten_log(hand: Hand) -> None:
    hand.dev("logs").put_retention_policy(logGroupName="/ecs/fileflow-dev", retentionInDays=1)


INJECTED: Mapping[str, Change] = {
    "backup retention": shorten_backups,
    "alarm deleted": delete_alarm,
    "public access block removed": open_bucket,
    "rule for everybody": open_database,
    "policy of the task role": attach_policy,
    "desired count": scale_by_hand,
    "tag removed": remove_tag,
    "bucket policy": share_bucket,
    "parameter": change_parameter,
    "listener rule": add_listener_rule,
    "target group path": change_health_check,
    "log retention": shorten_log,
}

# ---- what may stay, as code ------------------------------------------------------------------------------------------

KEPT: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Own",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": "arn:aws:s3:::fileflow-dev/${aws:username}/*",
            "Condition": {"StringLike": {"aws:UserAgent": ['%{a} "quoted" \\ \u00e9']}},
        }
    ],
}


def add_what_may_stay(hand: Hand) -> int:
    """Additions of many kinds to dev; how many resources they are."""
    attach_policy(hand)
    hand.dev("iam").put_role_policy(RoleName=TASK, PolicyName="debug", PolicyDocument=json.dumps(KEPT))
    ec2 = hand.dev("ec2")
    group, app = group_of(ec2, "fileflow-dev-db"), group_of(ec2, "fileflow-dev-app")
    let_in = [
        {**OPEN, "IpRanges": [{"CidrIp": "10.9.0.0/16", "Description": "a quick look"}]},
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 23, "UserIdGroupPairs": [{"GroupId": app}]},
        {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
    ]
    for permission in let_in:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[everything])
    return 2 + len(let_in) + 1 + _add_rules_of_every_kind(hand.dev("elbv2"))


def _add_rules_of_every_kind(elb: Any) -> int:
    balancer = elb.describe_load_balancers(Names=["fileflow-dev"])["LoadBalancers"][0]["LoadBalancerArn"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    (https,) = (each["ListenerArn"] for each in listeners if each["Protocol"] == "HTTPS")
    target = elb.describe_target_groups(Names=["fileflow-dev-8080"])["TargetGroups"][0]["TargetGroupArn"]
    there = dict.fromkeys(("Host", "Path", "Port", "Query"), "x") | {"Protocol": "HTTPS", "Port": "443"}
    sticky = {"Enabled": True, "DurationSeconds": 60}
    actions: list[dict[str, Any]] = [
        {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503", "ContentType": "text/html"}},
        {"Type": "redirect", "RedirectConfig": {**there, "Path": "/b", "StatusCode": "HTTP_301"}},
        {"Type": "forward", "TargetGroupArn": target},
        {
            "Type": "forward",
            "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": target, "Weight": 3}],
                "TargetGroupStickinessConfig": sticky,
            },
        },
    ]
    header = {"HttpHeaderName": "X-A", "Values": ["1", "${x}"]}
    conditions: list[list[dict[str, Any]]] = [
        [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/admin/*"]}}],
        [{"Field": "host-header", "HostHeaderConfig": {"Values": ["a.example.com", "b.example.com"]}}],
        [
            {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}},
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "a", "Value": "1"}]}},
        ],
        [
            {"Field": "http-header", "HttpHeaderConfig": header},
            {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}},
        ],
    ]
    for number, (action, condition) in enumerate(zip(actions, conditions, strict=True)):
        elb.create_rule(ListenerArn=https, Priority=20 + number, Conditions=condition, Actions=[action])
    return len(actions)


def tag(hand: Hand, command: str) -> None:
    """What a person types in dev: `aws ec2 create-tags`."""
    words = shlex.split(command)
    assert words[:4] == ["aws", "ec2", "create-tags", "--resources"]
    end = words.index("--tags")
    hand.dev("ec2").create_tags(Resources=words[4:end], Tags=json.loads(words[end + 1]))


# ---- no drift -------------------------------------------------------------------------------------------------------


def move_the_image(hand: Hand) -> None:
    """The platform builds the image again: a data source has another answer, and the code did not change."""
    kind, ecr, name = "application/vnd.docker.distribution.manifest.v2+json", hand.dev("ecr"), "fileflow"
    layers = [{"digest": "sha256:" + "5" * 64, "size": 1, "mediaType": kind}]
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": layers[0], "layers": layers}
    ecr.batch_delete_image(repositoryName=name, imageIds=[{"imageTag": "v1.2.3"}])  # tags are immutable
    ecr.put_image(repositoryName=name, imageManifest=json.dumps(manifest), imageTag="v1.2.3")


def reorder_tags(hand: Hand) -> None:
    logs = hand.dev("logs")
    arn = f"arn:aws:logs:ap-northeast-2:{DEV}:log-group:/ecs/fileflow-dev"
    tags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
    logs.untag_resource(resourceArn=arn, tagKeys=list(tags))
    for key in reversed(list(tags)):
        logs.tag_resource(resourceArn=arn, tags={key: tags[key]})


def scale_automatically(hand: Hand) -> None:
    hand.stg("ecs").update_service(cluster="fileflow-stg", service="fileflow-stg", desiredCount=5)


def reorder_a_policy(hand: Hand) -> None:
    """The same policy in another order and spelling."""
    iam, name = hand.prod("iam"), {"RoleName": "fileflow-prod-exec", "PolicyName": "start-tasks"}
    document = iam.get_role_policy(**name)["PolicyDocument"]
    for statement in document["Statement"]:
        statement["Action"] = sorted(statement["Action"], reverse=True)
    document["Statement"].reverse()
    iam.put_role_policy(**name, PolicyDocument=json.dumps(document, indent=2))


def raise_an_alarm(hand: Hand) -> None:
    hand.dev("cloudwatch").set_alarm_state(AlarmName="fileflow-dev-ecs-cpu", StateValue="ALARM", StateReason="busy")


def write_a_log(hand: Hand) -> None:
    hand.dev("logs").create_log_stream(logGroupName="/ecs/fileflow-dev", logStreamName="task/1")


def take_a_snapshot(hand: Hand) -> None:
    hand.prod("rds").create_db_snapshot(DBInstanceIdentifier="fileflow-prod", DBSnapshotIdentifier="before-friday")


def register_a_revision(hand: Hand) -> None:
    """A revision that no service uses."""
    container = {"name": "app", "image": "app:2", "essential": True}
    hand.stg("ecs").register_task_definition(
        family="fileflow-stg",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[container],
    )


def replace_a_task(hand: Hand) -> None:
    elb = hand.prod("elbv2")
    group = elb.describe_target_groups(Names=["fileflow-prod-8080"])["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.30.10.77", "Port": 8080}])


def rotate_a_secret(hand: Hand) -> None:
    hand.prod("secretsmanager").put_secret_value(SecretId="fileflow/prod/app", SecretString='{"signing_key": "new"}')


def upload_a_file(hand: Hand) -> None:
    hand.stg("s3").put_object(Bucket="fileflow-stg-files", Key="2024/report.csv", Body=b"a,b")


def refer_to_a_group(hand: Hand) -> None:
    """A group of somebody else lets ours in."""
    ec2 = hand.dev("ec2")
    ours = group_of(ec2, "fileflow-dev-app")
    vpc = ec2.describe_security_groups(GroupIds=[ours])["SecurityGroups"][0]["VpcId"]
    theirs = ec2.create_security_group(GroupName="reports", Description="reports", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": ours}]}
    ec2.authorize_security_group_ingress(GroupId=theirs, IpPermissions=[rule])


# Beside these the provider reads back what an apply did not write: the first run after an apply shows that.
HARMLESS: tuple[Change, ...] = (
    move_the_image,
    reorder_tags,
    scale_automatically,
    reorder_a_policy,
    raise_an_alarm,
    write_a_log,
    take_a_snapshot,
    register_a_revision,
    replace_a_task,
    rotate_a_secret,
    upload_a_file,
    refer_to_a_group,
)
