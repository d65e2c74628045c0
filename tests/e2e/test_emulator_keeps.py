"""What Terraform has set is what it reads back: else every second plan would show a change that nobody made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import emulator_world as world
from tests.e2e.emulator_world import DEV, Emulator

NETWORK = "10.77.0.0/16"
CONTAINER = {"name": "app", "image": "app:v1", "memory": 128}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with world.running(tmp_path_factory.mktemp("keeps") / "state.snap", "--no-enforcement") as found:
        world.seed(found)
        found.enforce("off")
        yield found


@pytest.fixture(scope="module")
def group(emulator: Emulator) -> str:
    ec2 = emulator.client("ec2", emulator.inside(DEV))
    vpc = ec2.create_vpc(CidrBlock=NETWORK)["Vpc"]["VpcId"]
    made: str = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc)["GroupId"]
    return made


@pytest.mark.parametrize(
    "source",
    [
        {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "why"}]},
        {"PrefixListIds": [{"PrefixListId": "pl-0123456789abcdef0", "Description": "why"}]},
        {"UserIdGroupPairs": [{"GroupId": "OWN", "Description": "why"}]},
    ],
    ids=["range", "prefix list", "group"],
)
def test_a_rule_keeps_its_description_whatever_its_source(emulator: Emulator, group: str, source: Any) -> None:
    for pair in source.get("UserIdGroupPairs", ()):
        pair["GroupId"] = group
    ec2 = emulator.client("ec2", emulator.inside(DEV))
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **source}
    made = ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[rule])["SecurityGroupRules"][0]
    found = ec2.describe_security_group_rules(SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])
    assert [one.get("Description") for one in (made, found["SecurityGroupRules"][0])] == ["why", "why"]


def test_an_ecs_service_keeps_what_it_was_given(emulator: Emulator) -> None:
    given = {"enableECSManagedTags": True, "enableExecuteCommand": True, "healthCheckGracePeriodSeconds": 45}
    ecs = emulator.client("ecs", emulator.inside(DEV))
    ecs.create_cluster(clusterName="keeps")
    ecs.register_task_definition(family="keeps", containerDefinitions=[CONTAINER])
    ecs.create_service(cluster="keeps", serviceName="app", taskDefinition="keeps", desiredCount=1, **given)
    found = ecs.describe_services(cluster="keeps", services=["app"])["services"][0]
    assert {name: found.get(name) for name in given} == given


def test_an_ecs_service_runs_what_is_desired_at_once(emulator: Emulator) -> None:
    ecs = emulator.client("ecs", emulator.inside(DEV))
    ecs.create_cluster(clusterName="runs")
    ecs.register_task_definition(family="runs", containerDefinitions=[CONTAINER])
    ecs.create_service(cluster="runs", serviceName="app", taskDefinition="runs", desiredCount=3)
    assert ecs.describe_services(cluster="runs", services=["app"])["services"][0]["runningCount"] == 3


def test_instance_types_and_where_they_are_offered_are_known(emulator: Emulator) -> None:
    ec2 = emulator.client("ec2", emulator.inside(DEV))
    found = ec2.describe_instance_types(InstanceTypes=["t3.micro"])["InstanceTypes"]
    assert [(one["InstanceType"], one["VCpuInfo"]["DefaultVCpus"]) for one in found] == [("t3.micro", 2)]
    offered = ec2.describe_instance_type_offerings(Filters=[{"Name": "instance-type", "Values": ["t3.micro"]}])
    assert [one["Location"] for one in offered["InstanceTypeOfferings"]] == [world.REGION]


def test_a_managed_policy_of_aws_is_whole_and_keeps_who_has_it(tmp_path: Path) -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    with world.running(tmp_path / "state.snap", "--no-enforcement") as first:
        boot = first.inside(DEV)
        iam = first.client("iam", boot)
        iam.create_role(RoleName="task", AssumeRolePolicyDocument=world.policy())
        iam.attach_role_policy(RoleName="task", PolicyArn=arn)
        whole = iam.get_policy_version(
            PolicyArn=arn, VersionId=iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        )
        assert "ecr:GetAuthorizationToken" in whole["PolicyVersion"]["Document"]["Statement"][0]["Action"]
    with world.running(tmp_path / "state.snap", "--no-enforcement") as second:
        iam = second.client("iam", boot)
        assert [one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName="task")["AttachedPolicies"]] == [
            arn
        ]
        assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
        other = iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")["Policy"]
        assert (other["PolicyName"], other["AttachmentCount"]) == ("ReadOnlyAccess", 0)
