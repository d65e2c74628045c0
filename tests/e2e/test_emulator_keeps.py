"""What Terraform has set is what it reads back: else every second plan would show a change that nobody made."""

from __future__ import annotations

from collections.abc import Iterator
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
