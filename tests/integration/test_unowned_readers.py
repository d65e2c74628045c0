"""The readers of what a plan cannot see, against AWS as moto has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber
from tests.verbs import fake_aws
from tests.verbs.fake_aws import DEV, REGION

from infragate.adapters.aws.unowned import (
    buckets,
    iam_policies,
    listeners,
    log_filters,
    security_groups,
    tags,
)
from infragate.adapters.aws.unowned.reader import Reader
from infragate.adapters.aws.unowned.registry import READERS
from infragate.domain.drift.managed import IgnoredTags, Managed
from infragate.domain.drift.report import DriftItem
from infragate.domain.drift.unowned import SECURITY
from infragate.domain.errors import RemoteFailed
from infragate.domain.finding import Severity
from infragate.domain.terraform.state_file import Resource

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
ALL = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with fake_aws.empty():
        yield


def client(service: str, _region: str = REGION) -> Any:
    return fake_aws.client(service, DEV)


def resource(address: str, **attributes: Any) -> Resource:
    return Resource(address=address, type=address.split(".")[0], attributes=attributes)


def read(reader: Reader, *resources: Resource, **more: Any) -> tuple[DriftItem, ...]:
    return reader.items(Managed(resources=resources, **more), region=REGION, client=client)


def paths(items: tuple[DriftItem, ...]) -> list[str]:
    return [field.path for item in items for field in item.fields]


# ---- security groups ----------------------------------------------------------------------------------------------


@pytest.fixture
def group() -> str:
    """A group without rules, as Terraform leaves it."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = str(ec2.create_security_group(GroupName="db", Description="db", VpcId=vpc)["GroupId"])
    ec2.revoke_security_group_egress(GroupId=made, IpPermissions=[ALL])
    return made


def allow(group: str, protocol: str = "tcp", port: int = 5432, **source: Any) -> str:
    """A rule made by hand; its id."""
    permission = {"IpProtocol": protocol, "FromPort": port, "ToPort": port, **source}
    made = client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])


def test_a_rule_that_opens_the_database_to_everybody_is_critical(group: str) -> None:
    made = allow(group, IpRanges=[{"CidrIp": "0.0.0.0/0", "Description": "quick look"}])
    (item,) = read(security_groups.READER, resource("aws_security_group.db", id=group))
    assert (item.address, item.cause, item.severity, item.marks, item.reader) == (
        "aws_security_group.db",
        "unowned",
        Severity.CRITICAL,
        SECURITY,
        "security-group-rules",
    )
    assert [(field.path, field.before, field.after) for field in item.fields] == [
        ('ingress["tcp 5432 from 0.0.0.0/0"]', f"{made} (quick look)", None)
    ]


def test_rules_of_every_kind_of_source_are_read(group: str) -> None:
    lists = client("ec2").create_managed_prefix_list(
        PrefixListName="office", MaxEntries=1, AddressFamily="IPv4", Entries=[{"Cidr": "10.1.0.0/16"}]
    )["PrefixList"]["PrefixListId"]
    allow(group, port=22, Ipv6Ranges=[{"CidrIpv6": "::/0"}])
    allow(group, port=23, PrefixListIds=[{"PrefixListId": lists}])
    allow(group, port=24, UserIdGroupPairs=[{"GroupId": group}])
    client("ec2").authorize_security_group_egress(GroupId=group, IpPermissions=[ALL])
    items = read(security_groups.READER, resource("aws_security_group.db", id=group))
    assert paths(items) == [
        'egress["all traffic to 0.0.0.0/0"]',
        'ingress["tcp 22 from ::/0"]',
        f'ingress["tcp 23 from {lists}"]',
        f'ingress["tcp 24 from {group}"]',
    ]


def test_rules_that_a_resource_owns_are_not_told(group: str) -> None:
    owned = allow(group, port=1, IpRanges=[{"CidrIp": "10.0.0.0/8"}])
    allow(group, port=2, IpRanges=[{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "10.9.0.0/16"}])
    items = read(
        security_groups.READER,
        resource("aws_security_group.db", id=group),
        resource("aws_vpc_security_group_ingress_rule.one", security_group_rule_id=owned, security_group_id=group),
        resource(
            "aws_security_group_rule.two",
            type="ingress",
            protocol="6",
            from_port=2,
            to_port=2,
            cidr_blocks=["10.0.0.0/8", "10.9.0.0/16"],
            security_group_id=group,
        ),
    )
    assert items == ()


def test_what_the_code_of_a_group_sets_is_left_to_the_plan(group: str) -> None:
    allow(group, IpRanges=[{"CidrIp": "10.0.0.0/8"}])
    client("ec2").authorize_security_group_egress(GroupId=group, IpPermissions=[ALL])
    subject = resource("aws_security_group.db", id=group)
    items = read(security_groups.READER, subject, written={"aws_security_group.db": frozenset({"ingress"})})
    assert paths(items) == ['egress["all traffic to 0.0.0.0/0"]']


def test_many_groups_take_few_calls(group: str) -> None:
    calls: list[Any] = []
    ec2 = client("ec2")
    allow(group, IpRanges=[{"CidrIp": "0.0.0.0/0"}])
    ec2.meta.events.register("before-call.ec2.DescribeSecurityGroupRules", lambda **_: calls.append(1))
    others = [resource(f"aws_security_group.other[{number}]", id=f"sg-{number:08}") for number in range(399)]
    assert len(read(security_groups.READER, *others, resource("aws_security_group.db", id=group))) == 1
    assert len(calls) == 2


# ---- IAM --------------------------------------------------------------------------------------------------------------


def test_policies_of_a_role_that_the_stack_does_not_own_are_told() -> None:
    iam = client("iam")
    iam.create_role(RoleName="task", AssumeRolePolicyDocument="{}")
    arns = {
        name: iam.create_policy(PolicyName=name, PolicyDocument=POLICY)["Policy"]["Arn"] for name in ("own", "by-hand")
    }
    for arn in arns.values():
        iam.attach_role_policy(RoleName="task", PolicyArn=arn)
    for name in ("application", "debug"):
        iam.put_role_policy(RoleName="task", PolicyName=name, PolicyDocument=POLICY)
    items = read(
        iam_policies.READER,
        resource("aws_iam_role.task", name="task"),
        resource("aws_iam_role_policy.own", name="application", role="task"),
        resource("aws_iam_role_policy_attachment.own", role="task", policy_arn=arns["own"]),
    )
    assert [(item.severity, item.marks) for item in items] == [(Severity.HIGH, SECURITY)]
    assert [(field.path, field.before) for field in items[0].fields] == [
        ("inline_policies.debug", "Allow s3:* on *"),
        ("policies.by-hand", arns["by-hand"]),
    ]


def test_users_and_groups_are_read_too() -> None:
    iam = client("iam")
    iam.create_user(UserName="robot")
    iam.create_group(GroupName="robots")
    admin = iam.create_policy(PolicyName="AdministratorAccess", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="robot", PolicyArn=admin)
    iam.put_group_policy(GroupName="robots", PolicyName="all", PolicyDocument=POLICY.replace("s3:*", "*"))
    items = read(
        iam_policies.READER, resource("aws_iam_group.g", name="robots"), resource("aws_iam_user.u", name="robot")
    )
    assert {(item.address, item.severity) for item in items} == {
        ("aws_iam_group.g", Severity.CRITICAL),
        ("aws_iam_user.u", Severity.CRITICAL),
    }


def test_a_role_that_was_deleted_is_the_plans_to_tell() -> None:
    assert read(iam_policies.READER, resource("aws_iam_role.gone", name="gone")) == ()


# ---- buckets ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def bucket() -> Resource:
    s3 = client("s3")
    s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket="data", PublicAccessBlockConfiguration=block)
    return resource("aws_s3_bucket.data", bucket="data", arn="arn:aws:s3:::data")


def test_a_bucket_as_aws_makes_it_is_clean(bucket: Resource) -> None:
    assert read(buckets.READER, bucket) == ()


def open_bucket() -> None:
    s3, everybody = client("s3"), {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    s3.delete_public_access_block(Bucket="data")
    statement = {**everybody, "Resource": "arn:aws:s3:::data/*"}
    s3.put_bucket_policy(Bucket="data", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    s3.put_bucket_acl(Bucket="data", ACL="public-read")


def test_an_opened_bucket_is_told_with_every_setting(bucket: Resource) -> None:
    open_bucket()
    (item,) = read(buckets.READER, bucket)
    assert (item.severity, item.marks) == (Severity.CRITICAL, SECURITY)
    assert paths((item,)) == [
        'acl["READ for AllUsers"]',
        "policy",
        "public_access_block.block_public_acls",
        "public_access_block.block_public_policy",
        "public_access_block.ignore_public_acls",
        "public_access_block.restrict_public_buckets",
    ]


def test_settings_that_resources_own_are_left_to_the_plan(bucket: Resource) -> None:
    open_bucket()
    kinds = ("aws_s3_bucket_policy", "aws_s3_bucket_public_access_block", "aws_s3_bucket_acl")
    assert read(buckets.READER, bucket, *(resource(f"{kind}.data", bucket="data") for kind in kinds)) == ()


# ---- listeners, logs, tags ----------------------------------------------------------------------------------------------


def test_a_rule_of_a_listener_that_the_stack_does_not_own_is_told() -> None:
    ec2, elb = client("ec2"), client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(Name="b", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[answer])
    arn = listener["Listeners"][0]["ListenerArn"]
    rules = [
        elb.create_rule(
            ListenerArn=arn,
            Priority=priority,
            Actions=[answer],
            Conditions=[{"Field": "path-pattern", "Values": ["/x"]}],
        )["Rules"][0]["RuleArn"]
        for priority in (1, 2)
    ]
    items = read(
        listeners.READER, resource("aws_lb_listener.http", arn=arn), resource("aws_lb_listener_rule.own", arn=rules[0])
    )
    assert [(field.path, field.before) for item in items for field in item.fields] == [
        ('rules["priority 2"]', "path-pattern /x: fixed-response")
    ]


def test_a_subscription_filter_that_copies_the_log_is_told() -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/ecs/app")
    queue = f"arn:aws:kinesis:{REGION}:{DEV}:stream/elsewhere"
    client("kinesis").create_stream(StreamName="elsewhere", ShardCount=1)
    logs.put_subscription_filter(
        logGroupName="/ecs/app",
        filterName="copy",
        filterPattern="",
        destinationArn=queue,
        roleArn=f"arn:aws:iam::{DEV}:role/x",
    )
    (item,) = read(log_filters.READER, resource("aws_cloudwatch_log_group.app", name="/ecs/app"))
    assert [(field.path, field.before) for field in item.fields] == [("subscription_filters.copy", queue)]
    assert item.marks == SECURITY
    (addition,) = item.additions
    assert addition.adoption is not None
    assert addition.adoption.id == "/ecs/app|copy"
    assert f'role_arn        = "arn:aws:iam::{DEV}:role/x"' in addition.adoption.code
    assert addition.command == "aws logs delete-subscription-filter --log-group-name /ecs/app --filter-name copy"


def test_tags_that_neither_plan_nor_provider_knows_are_told() -> None:
    logs, arn = client("logs"), f"arn:aws:logs:{REGION}:{DEV}:log-group:/ecs/app"
    logs.create_log_group(logGroupName="/ecs/app", tags={"env": "dev", "cost": "42", "scanner": "x", "aws:made": "y"})
    group = resource("aws_cloudwatch_log_group.app", arn=f"{arn}:*", tags_all={"env": "dev"})
    (item,) = read(tags.READER, group, ignored_tags=IgnoredTags(keys=frozenset({"scanner"})))
    assert (item.severity, [(field.path, field.before) for field in item.fields]) == (
        Severity.LOW,
        [("tags.cost", "42")],
    )
    (addition,) = item.additions
    assert (addition.adoption, addition.obstacle.partition(":")[0]) == (None, "a tag is a part of its resource")
    assert addition.command == f"aws resourcegroupstaggingapi untag-resources --resource-arn-list {arn} --tag-keys cost"
    assert read(tags.READER, group, ignored_tags=None) == ()


# ---- all ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_stack_without_such_resources_asks_nothing(reader: Reader) -> None:
    def refuse(service: str, region: str) -> Any:
        raise AssertionError(f"{service} in {region}")

    managed = Managed(resources=(resource("terraform_data.x", id="1"),))
    assert reader.items(managed, region=REGION, client=refuse) == ()


def test_a_reader_that_is_refused_says_what_could_not_be_checked() -> None:
    iam = fake_aws.client("iam", DEV)
    with Stubber(iam) as stub:
        stub.add_client_error("list_attached_role_policies", "AccessDenied", "not authorized")
        with pytest.raises(RemoteFailed) as caught:
            read(iam_policies.READER, resource("aws_iam_role.task", name="task"))
    assert str(caught.value).startswith("cannot check the policies of IAM roles, users and groups: refused")


def test_what_was_added_in_another_region_is_not_imported_by_the_provider_of_this_one(group: str) -> None:
    allow(group, IpRanges=[{"CidrIp": "10.0.0.0/8"}])
    there = resource("aws_security_group.b", id=group, arn=f"arn:aws:ec2:us-east-1:{DEV}:security-group/{group}")
    ((addition,),) = (item.additions for item in read(security_groups.READER, there))
    assert addition.adoption is None
    assert addition.obstacle.startswith("it is in us-east-1: write it by hand, with an import block")


def test_resources_of_another_region_are_read_there() -> None:
    regions: list[str] = []

    def opened(service: str, region: str) -> Any:
        regions.append(region)
        return client(service)

    here = resource("aws_security_group.a", id="sg-0000000a")
    there = resource(
        "aws_security_group.b", id="sg-0000000b", arn=f"arn:aws:ec2:us-east-1:{DEV}:security-group/sg-0000000b"
    )
    security_groups.READER.items(Managed(resources=(here, there)), region=REGION, client=opened)
    assert regions == [REGION, "us-east-1"]
