"""What each call needs, read from the emulator's own record while an administrator makes it.

Sources: AWS service authorization reference (actions, resource types), and the guides of the services for what a call
needs besides its own action. Whether moto then carries the call out does not matter here.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.e2e import emulator_world as world
from tests.e2e.emulator_world import DEV, NOBODY, REGION, Emulator, allow, policy, role_arn

ACCOUNT = f"{REGION}:{DEV}"
TAGS = [{"Key": "service", "Value": "fileflow"}]
LOWER = [{"key": "service", "value": "fileflow"}]
LB = f"arn:aws:elasticloadbalancing:{ACCOUNT}:loadbalancer/app/ff/0123456789abcdef"
LISTENER = LB.replace(":loadbalancer/", ":listener/") + "/fedcba9876543210"
GROUP = f"arn:aws:elasticloadbalancing:{ACCOUNT}:targetgroup/ff/0123456789abcdef"
EXEC = role_arn(DEV, "ff-exec")
SG, SGR, VPC = "sg-0123456789abcdef0", "sgr-0123456789abcdef0", "vpc-0123456789abcdef0"
RULE = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}


def ec2(resource: str) -> str:
    return f"arn:aws:ec2:{ACCOUNT}:{resource}"


def tagged(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": TAGS}]


# service, method, parameters -> (action, resource) in order
ROWS: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    ("ec2", "describe_vpcs", {"VpcIds": [VPC]}, [("ec2:DescribeVpcs", "*")]),
    (
        "ec2",
        "create_security_group",
        {"GroupName": "x", "Description": "x", "VpcId": VPC, "TagSpecifications": tagged("security-group")},
        [
            ("ec2:CreateSecurityGroup", ec2(f"vpc/{VPC}")),
            ("ec2:CreateSecurityGroup", ec2("security-group/*")),
            ("ec2:CreateTags", ec2("security-group/*")),
        ],
    ),
    (
        "ec2",
        "authorize_security_group_ingress",
        {"GroupId": SG, "IpPermissions": [{**RULE, "UserIdGroupPairs": [{"GroupId": "sg-0ffffffffffffffff"}]}]},
        [
            ("ec2:AuthorizeSecurityGroupIngress", ec2(f"security-group/{SG}")),
            ("ec2:AuthorizeSecurityGroupIngress", ec2("security-group-rule/*")),
        ],
    ),
    (
        "ec2",
        "revoke_security_group_egress",
        {"GroupId": SG, "SecurityGroupRuleIds": [SGR]},
        [
            ("ec2:RevokeSecurityGroupEgress", ec2(f"security-group/{SG}")),
            ("ec2:RevokeSecurityGroupEgress", ec2(f"security-group-rule/{SGR}")),
        ],
    ),
    ("ec2", "create_tags", {"Resources": [VPC], "Tags": TAGS}, [("ec2:CreateTags", ec2(f"vpc/{VPC}"))]),
    (
        "ec2",
        "create_route",
        {"RouteTableId": "rtb-01234567", "GatewayId": "igw-01234567", "DestinationCidrBlock": "0.0.0.0/0"},
        [("ec2:CreateRoute", ec2("route-table/rtb-01234567"))],
    ),
    ("s3", "head_bucket", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    ("s3", "get_bucket_encryption", {"Bucket": "b"}, [("s3:GetEncryptionConfiguration", "arn:aws:s3:::b")]),
    ("s3", "delete_public_access_block", {"Bucket": "b"}, [("s3:PutBucketPublicAccessBlock", "arn:aws:s3:::b")]),
    ("s3", "delete_bucket_tagging", {"Bucket": "b"}, [("s3:PutBucketTagging", "arn:aws:s3:::b")]),
    (
        "s3",
        "copy_object",
        {"Bucket": "b", "Key": "to", "CopySource": "other/from"},
        [("s3:PutObject", "arn:aws:s3:::b/to"), ("s3:GetObject", "arn:aws:s3:::other/from")],
    ),
    (
        "s3",
        "delete_object",
        {"Bucket": "b", "Key": "k", "VersionId": "v"},
        [("s3:DeleteObjectVersion", "arn:aws:s3:::b/k")],
    ),
    (
        "s3",
        "put_object",
        {"Bucket": "b", "Key": "k", "Body": b"x", "Tagging": "a=b"},
        [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:PutObjectTagging", "arn:aws:s3:::b/k")],
    ),
    ("sns", "create_topic", {"Name": "t"}, [("sns:CreateTopic", f"arn:aws:sns:{ACCOUNT}:t")]),
    (
        "sqs",
        "create_queue",
        {"QueueName": "q", "tags": {"a": "b"}},
        [("sqs:CreateQueue", f"arn:aws:sqs:{ACCOUNT}:q"), ("sqs:TagQueue", f"arn:aws:sqs:{ACCOUNT}:q")],
    ),
    (
        "sqs",
        "get_queue_attributes",
        {"QueueUrl": f"http://127.0.0.1/{DEV}/q"},
        [("sqs:GetQueueAttributes", f"arn:aws:sqs:{ACCOUNT}:q")],
    ),
    ("ssm", "get_parameter", {"Name": "/a/b"}, [("ssm:GetParameter", f"arn:aws:ssm:{ACCOUNT}:parameter/a/b")]),
    (
        "secretsmanager",
        "create_secret",
        {"Name": "ff/app", "SecretString": "x"},
        [("secretsmanager:CreateSecret", f"arn:aws:secretsmanager:{ACCOUNT}:secret:ff/app-??????")],
    ),
    (
        "logs",
        "create_log_group",
        {"logGroupName": "/ecs/ff", "tags": {"a": "b"}},
        [
            ("logs:CreateLogGroup", f"arn:aws:logs:{ACCOUNT}:log-group:/ecs/ff"),
            ("logs:TagResource", f"arn:aws:logs:{ACCOUNT}:log-group:/ecs/ff"),
        ],
    ),
    (
        "cloudwatch",
        "delete_alarms",
        {"AlarmNames": ["a", "b"]},
        [("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:{ACCOUNT}:alarm:{name}") for name in "ab"],
    ),
    (
        "cloudwatch",
        "get_dashboard",
        {"DashboardName": "d"},
        [("cloudwatch:GetDashboard", f"arn:aws:cloudwatch::{DEV}:dashboard/d")],
    ),
    ("ecr", "describe_repositories", {}, [("ecr:DescribeRepositories", f"arn:aws:ecr:{ACCOUNT}:repository/*")]),
    ("acm", "request_certificate", {"DomainName": "x.example.com"}, [("acm:RequestCertificate", "*")]),
    (
        "route53",
        "list_resource_record_sets",
        {"HostedZoneId": "Z1"},
        [("route53:ListResourceRecordSets", "arn:aws:route53:::hostedzone/Z1")],
    ),
    ("route53", "get_change", {"Id": "C1"}, [("route53:GetChange", "arn:aws:route53:::change/C1")]),
    (
        "elbv2",
        "create_listener",
        {
            "LoadBalancerArn": LB,
            "Tags": TAGS,
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": GROUP}],
            "Certificates": [{"CertificateArn": f"arn:aws:acm:{ACCOUNT}:certificate/c"}],
        },
        [
            ("elasticloadbalancing:CreateListener", LB),
            ("elasticloadbalancing:AddTags", LB.replace(":loadbalancer/", ":listener/") + "/*"),
        ],
    ),
    ("elbv2", "modify_listener", {"ListenerArn": LISTENER}, [("elasticloadbalancing:ModifyListener", LISTENER)]),
    ("elbv2", "describe_tags", {"ResourceArns": [LB]}, [("elasticloadbalancing:DescribeTags", "*")]),
    (
        "ecs",
        "register_task_definition",
        {
            "family": "ff",
            "executionRoleArn": EXEC,
            "tags": LOWER,
            "containerDefinitions": [{"name": "a", "image": "b", "memory": 5}],
        },
        [
            ("ecs:RegisterTaskDefinition", f"arn:aws:ecs:{ACCOUNT}:task-definition/ff:*"),
            ("ecs:TagResource", f"arn:aws:ecs:{ACCOUNT}:task-definition/ff:*"),
            ("iam:PassRole", EXEC),
        ],
    ),
    (
        "ecs",
        "update_service",
        {"cluster": "c", "service": "s"},
        [("ecs:UpdateService", f"arn:aws:ecs:{ACCOUNT}:service/c/s")],
    ),
    ("ecs", "describe_task_definition", {"taskDefinition": "ff:1"}, [("ecs:DescribeTaskDefinition", "*")]),
    (
        "application-autoscaling",
        "put_scaling_policy",
        {
            "PolicyName": "p",
            "ServiceNamespace": "ecs",
            "ResourceId": "service/c/s",
            "ScalableDimension": "ecs:service:DesiredCount",
        },
        [
            (
                "application-autoscaling:PutScalingPolicy",
                f"arn:aws:application-autoscaling:{ACCOUNT}:scalable-target/*",
            )
        ],
    ),
    (
        "rds",
        "create_db_instance",
        {
            "DBInstanceIdentifier": "ff",
            "DBInstanceClass": "db.t4g.micro",
            "Engine": "postgres",
            "DBSubnetGroupName": "ff",
            "DBParameterGroupName": "ff",
            "ManageMasterUserPassword": True,
            "Tags": TAGS,
        },
        [
            ("rds:CreateDBInstance", f"arn:aws:rds:{ACCOUNT}:db:ff"),
            ("rds:CreateDBInstance", f"arn:aws:rds:{ACCOUNT}:pg:ff"),
            ("rds:CreateDBInstance", f"arn:aws:rds:{ACCOUNT}:subgrp:ff"),
            ("rds:AddTagsToResource", f"arn:aws:rds:{ACCOUNT}:db:ff"),
            ("secretsmanager:CreateSecret", f"arn:aws:secretsmanager:{ACCOUNT}:secret:rds!db-*"),
            ("secretsmanager:TagResource", f"arn:aws:secretsmanager:{ACCOUNT}:secret:rds!db-*"),
            (
                "iam:CreateServiceLinkedRole",
                role_arn(DEV, "aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"),
            ),
        ],
    ),
    ("rds", "describe_db_instances", {}, [("rds:DescribeDBInstances", f"arn:aws:rds:{ACCOUNT}:db:*")]),
    (
        "iam",
        "create_role",
        {"RoleName": "r", "Path": "/p/", "AssumeRolePolicyDocument": policy(), "Tags": TAGS},
        [("iam:CreateRole", role_arn(DEV, "p/r")), ("iam:TagRole", role_arn(DEV, "p/r"))],
    ),
    (
        "iam",
        "create_open_id_connect_provider",
        {"Url": "https://issuer.example.com/x", "ThumbprintList": ["a" * 40]},
        [("iam:CreateOpenIDConnectProvider", f"arn:aws:iam::{DEV}:oidc-provider/issuer.example.com/x")],
    ),
    ("kms", "create_key", {}, [("kms:CreateKey", "*")]),
    (
        "dynamodb",
        "describe_table",
        {"TableName": "t"},
        [("dynamodb:DescribeTable", f"arn:aws:dynamodb:{ACCOUNT}:table/t")],
    ),
    ("resourcegroupstaggingapi", "get_resources", {}, [("tag:GetResources", "*")]),
]
UNJUDGED = [
    ("states", "stepfunctions", "list_state_machines", {}),
    ("ec2", "ec2", "authorize_security_group_ingress", {"GroupName": "x", "IpPermissions": [RULE]}),
    ("elasticloadbalancing", "elb", "create_load_balancer", {"LoadBalancerName": "x", "Listeners": []}),
    ("s3", "s3", "get_object_torrent", {"Bucket": "b", "Key": "k"}),
    ("sns", "sns", "create_platform_endpoint", {"PlatformApplicationArn": "arn:x", "Token": "x"}),
    ("sts", "sts", "get_federation_token", {"Name": "kim"}),
]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with world.running(tmp_path_factory.mktemp("emulator") / "state.snap", "--no-enforcement") as found:
        iam = found.client("iam", found.inside(DEV))
        iam.create_role(RoleName="admin", AssumeRolePolicyDocument=policy())
        iam.put_role_policy(RoleName="admin", PolicyName="own", PolicyDocument=policy(allow("*")))
        found.made["admin"] = found.assume(NOBODY, DEV, "admin")
        found.enforce("on")
        yield found


def recorded(emulator: Emulator, service: str, method: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """The decisions that one call of the administrator brings about."""
    before = json.loads(emulator.http("/emulator/calls?since=0")[1])["next"]
    client = emulator.client(service, emulator.made["admin"])
    with contextlib.suppress(ClientError):
        getattr(client, method)(**parameters)
    found: list[dict[str, Any]] = json.loads(emulator.http(f"/emulator/calls?since={before}")[1])["calls"]
    return found


@pytest.mark.parametrize(
    ("service", "method", "parameters", "wanted"), [pytest.param(*row, id=f"{row[0]} {row[1]}") for row in ROWS]
)
def test_a_call_needs_what_aws_documents(
    emulator: Emulator, service: str, method: str, parameters: dict[str, Any], wanted: list[tuple[str, str]]
) -> None:
    calls = recorded(emulator, service, method, parameters)
    seen = [(call["action"], call["resource"]) for call in calls]
    assert seen == wanted
    assert all(call["allowed"] for call in calls)


@pytest.mark.parametrize(
    ("prefix", "service", "method", "parameters"), [pytest.param(*row, id=f"{row[1]} {row[2]}") for row in UNJUDGED]
)
def test_what_is_not_modelled_is_refused_even_to_an_administrator(
    emulator: Emulator, prefix: str, service: str, method: str, parameters: dict[str, Any]
) -> None:
    (call,) = recorded(emulator, service, method, parameters)
    assert not call["allowed"]
    assert "cannot judge" in call["reason"]
    assert call["action"].startswith(f"{prefix}:")
    assert call["action"] in emulator.health()["unjudged"]
