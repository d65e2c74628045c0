"""`tags`: the tags of what the state names, asked of AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.verbs import fake_aws
from tests.verbs.fake_aws import DEV, REGION
from tests.verbs.world import World

from infragate.adapters.aws.resource_tags import TagReader
from infragate.domain.tag_check import CloudAnswer
from infragate.domain.terraform.state_file import Resource

TAGS = ("tags", "--env", "dev")
ALL = {"org": "acme", "env": "dev", "service": "fileflow", "version": "1.2", "owner": "team-fileflow"}
PAIRS = [{"Key": name, "Value": value} for name, value in ALL.items()]
GROUP, QUEUE = "aws_cloudwatch_log_group.this", "aws_sqs_queue.this"
ROLE, ALARM, RULES = "aws_iam_role.this", "aws_cloudwatch_metric_alarm.this", "aws_security_group.this"
RULE, CLUSTER = "aws_vpc_security_group_egress_rule.this", "aws_ecs_cluster.this"
PARAMETERS, TARGETS = "aws_db_parameter_group.this", "aws_lb_target_group.this"
WAIVER = """schema_version: 1
waivers:
  - id: tags/missing
    address: {address}
    environment: dev
    owner: "@acme/platform"
    reason: the queue is retired next week
    link: https://example.com/1
    expires: {expires}
"""


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{'' if service == 'iam' else REGION}:{DEV}:{name}"


def make_resources() -> dict[str, dict[str, Any]]:
    """Resources with all their tags in AWS: what the state holds of each, by address."""
    logs, alarms, iam = (fake_aws.client(name, DEV) for name in ("logs", "cloudwatch", "iam"))
    logs.create_log_group(logGroupName="/ecs/tagged", tags=ALL)
    alarm = {"Period": 60, "EvaluationPeriods": 1, "Threshold": 80, "ComparisonOperator": "GreaterThanThreshold"}
    alarms.put_metric_alarm(AlarmName="tagged", MetricName="m", Namespace="n", Statistic="Average", Tags=PAIRS, **alarm)
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName="tagged", AssumeRolePolicyDocument=trust, Tags=PAIRS)
    queue = fake_aws.client("sqs", DEV).create_queue(QueueName="tagged", tags=ALL)["QueueUrl"]
    ecs, rds, balancing = (fake_aws.client(name, DEV) for name in ("ecs", "rds", "elbv2"))
    ecs.create_cluster(clusterName="tagged", tags=[{"key": name, "value": value} for name, value in ALL.items()])
    rds.create_db_parameter_group(
        DBParameterGroupName="tagged", DBParameterGroupFamily="postgres16", Description="tagged", Tags=PAIRS
    )
    return {
        **make_rules(),
        CLUSTER: {"arn": arn("ecs", "cluster/tagged")},
        PARAMETERS: {"arn": arn("rds", "pg:tagged")},
        TARGETS: {"arn": targets(balancing)},
        GROUP: {"arn": arn("logs", "log-group:/ecs/tagged")},
        ALARM: {"arn": arn("cloudwatch", "alarm:tagged")},
        ROLE: {"arn": arn("iam", "role/tagged")},
        QUEUE: {"arn": arn("sqs", "tagged"), "url": queue},
    }


def make_rules() -> dict[str, dict[str, Any]]:
    """A security group with a rule."""
    ec2 = fake_aws.client("ec2", DEV)

    def tags(kind: str) -> dict[str, Any]:
        return {"TagSpecifications": [{"ResourceType": kind, "Tags": PAIRS}]}

    group = ec2.create_security_group(GroupName="tagged", Description="tagged", **tags("security-group"))["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    made = ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[permission], **tags("security-group-rule"))
    rule = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    return {
        RULES: {"arn": arn("ec2", f"security-group/{group}")},
        RULE: {"arn": arn("ec2", f"security-group-rule/{rule}")},
    }


def targets(balancing: Any) -> str:
    vpc = fake_aws.client("ec2", DEV).create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = balancing.create_target_group(Name="tagged", Protocol="HTTP", Port=80, VpcId=vpc, Tags=PAIRS)
    return str(made["TargetGroups"][0]["TargetGroupArn"])


def hold(resources: dict[str, dict[str, Any]]) -> None:
    """A state of dev with these resources and one that cannot have tags."""
    tagged = {address: {"tags_all": ALL, **attributes} for address, attributes in resources.items()}
    entries = [
        {"mode": "managed", "type": kind, "name": name, "instances": [{"attributes": attributes}]}
        for address, attributes in {**tagged, "aws_route53_record.this": {}}.items()
        for kind, _, name in [address.partition(".")]
    ]
    state = {"version": 4, "serial": 1, "lineage": "l", "resources": entries}
    fake_aws.write_state(state)


@pytest.fixture(scope="module")
def resources(backed: World) -> dict[str, dict[str, Any]]:
    return make_resources()


@pytest.fixture
def tagged(backed: World, tip: str, resources: dict[str, dict[str, Any]]) -> Iterator[World]:
    """dev's state holds nine resources that have their tags in AWS."""
    hold(resources)
    yield backed
    backed.restore(tip)


@pytest.fixture
def without_owner(tagged: World, resources: dict[str, dict[str, Any]]) -> Iterator[World]:
    """Somebody removed a tag from the queue."""
    sqs, url = fake_aws.client("sqs", DEV), resources[QUEUE]["url"]
    sqs.untag_queue(QueueUrl=url, TagKeys=["owner"])
    yield tagged
    sqs.tag_queue(QueueUrl=url, Tags=ALL)


def by_address(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {resource["address"]: resource for resource in result["resources"]}


def test_every_taggable_resource_is_checked_in_aws(tagged: World) -> None:
    result = tagged.result(*TAGS)
    found = by_address(result)
    assert {address: resource["status"] for address, resource in found.items()} == dict.fromkeys(found, "ok")
    assert set(found) == {GROUP, QUEUE, ROLE, ALARM, RULES, RULE, CLUSTER, PARAMETERS, TARGETS}
    assert all(resource["cloud"] == resource["state"] == ALL for resource in found.values())
    assert result["untaggable"] == ["aws_route53_record.this"]


def test_the_tagging_api_answers_first_and_the_service_where_it_does_not(tagged: World) -> None:
    found = by_address(tagged.result(*TAGS))
    assert {found[address]["source"] for address in (GROUP, QUEUE, ALARM, RULES)} == {"tagging API"}
    assert found[ROLE]["source"] == "iam"


@contextmanager
def index_answers(answer: Callable[..., Any]) -> Iterator[None]:
    """The tagging API answers otherwise than it does."""
    events = fake_aws.client("resourcegroupstaggingapi", DEV).meta.events
    events.register("before-call.resource-groups-tagging-api.GetResources", answer)
    yield
    events.unregister("before-call.resource-groups-tagging-api.GetResources", answer)


def refuse(**_: Any) -> None:
    raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetResources")


def read(resources: dict[str, dict[str, Any]], warn: Callable[[Any], None] = print) -> dict[str, CloudAnswer]:
    asked = [
        Resource(address=address, type="t", attributes={"tags_all": ALL, **attributes})
        for address, attributes in resources.items()
    ]
    reader = TagReader(client=lambda service, _: fake_aws.client(service, DEV), region=REGION, warn=warn)
    return {resource.address: answer for resource, answer in zip(asked, reader.read(asked), strict=True)}


def test_a_tagging_api_that_lags_behind_is_not_believed_against_the_service(
    tagged: World, resources: dict[str, dict[str, Any]]
) -> None:
    old = [{"ResourceARN": resources[GROUP]["arn"], "Tags": PAIRS[:2]}]
    with index_answers(lambda **_: (SimpleNamespace(status_code=200), {"ResourceTagMappingList": old})):
        answer = read({GROUP: resources[GROUP]})[GROUP]
    assert (answer.tags, answer.source) == (ALL, "logs")


def test_more_resources_than_one_call_takes_are_asked_in_parts(tagged: World) -> None:
    parts: list[int] = []

    def answer(params: dict[str, Any], **_: Any) -> Any:
        listed = json.loads(params["body"])["ResourceARNList"]
        parts.append(len(listed))
        entries = [{"ResourceARN": name, "Tags": PAIRS} for name in listed]
        return SimpleNamespace(status_code=200), {"ResourceTagMappingList": entries}

    with index_answers(answer):
        found = read({f"aws_sqs_queue.q{number}": {"arn": arn("sqs", f"q{number}")} for number in range(230)})
    assert parts == [100, 100, 30]
    assert {answer.source for answer in found.values()} == {"tagging API"}


def test_without_the_right_to_the_tagging_api_each_service_is_asked(
    tagged: World, resources: dict[str, dict[str, Any]]
) -> None:
    said: list[Any] = []
    with index_answers(refuse):
        found = read(resources, said.append)
    assert found.pop(QUEUE).tags is None
    assert {address: answer.tags for address, answer in found.items()} == dict.fromkeys(found, ALL)
    assert {answer.source for answer in found.values()} == {
        "cloudwatch", "ec2", "ecs", "elasticloadbalancing", "iam", "logs", "rds",
    }  # fmt: skip
    assert "tag:GetResources" in str(said)


def test_the_table_has_a_column_for_each_required_tag(tagged: World) -> None:
    lines = tagged.ok(*TAGS).out.splitlines()
    assert f"ok  {ROLE}  acme  dev  fileflow  1.2  team-fileflow" in lines
    assert lines[-1] == "dev: 9 of 9 resources have their tags (1 more resources cannot have tags)"


def test_a_tag_that_somebody_removed_is_missing(without_owner: World) -> None:
    done = without_owner.run(*TAGS)
    assert done.code == 8
    assert f"missing  {QUEUE}  acme  dev  fileflow  1.2  -" in done.out
    assert "It has no tag owner. [tags/missing, high, tags]" in done.out
    assert done.out.splitlines()[-1].startswith("dev: 8 of 9 resources have their tags")


def test_a_value_that_somebody_changed_differs(tagged: World) -> None:
    iam = fake_aws.client("iam", DEV)
    iam.tag_role(RoleName="tagged", Tags=[{"Key": "env", "Value": "prod"}])
    try:
        done = tagged.run(*TAGS, "--json")
    finally:
        iam.tag_role(RoleName="tagged", Tags=[{"Key": "env", "Value": "dev"}])
    assert done.code == 8
    role = by_address(done.document["result"])[ROLE]
    assert role["different"] == [{"tag": "env", "expected": "dev", "actual": "prod"}]


def test_a_waiver_counts_and_is_shown(without_owner: World) -> None:
    expires = (datetime.now(UTC) + timedelta(days=20)).date()
    (without_owner.root / "policy" / "waivers.yaml").write_text(WAIVER.format(address=QUEUE, expires=expires))
    done = without_owner.ok(*TAGS)
    assert f"waived: {QUEUE}: It has no tag owner." in done.out
    assert "8 of 9 resources have their tags" in done.out


def test_a_resource_that_aws_does_not_have_is_gone(tagged: World, resources: dict[str, dict[str, Any]]) -> None:
    hold({**resources, "aws_iam_role.old": {"arn": arn("iam", "role/old")}})
    done = tagged.run(*TAGS, "--json")
    assert (done.code, by_address(done.document["result"])["aws_iam_role.old"]["status"]) == (8, "gone")


@pytest.mark.parametrize("attributes", [{"arn": arn("wisdom", "assistant/a")}, {"id": "a"}], ids=["service", "no ARN"])
def test_tags_that_cannot_be_read_are_never_ok(
    tagged: World, resources: dict[str, dict[str, Any]], attributes: dict[str, str]
) -> None:
    hold({**resources, "aws_other.this": attributes})
    done = tagged.run(*TAGS)
    assert done.code == 4
    assert "unchecked  aws_other.this" in done.out
    assert "9 of 10 resources have their tags" in done.out


def test_the_projects_own_setting_names_the_tags(tagged: World) -> None:
    policy = tagged.root / "policy" / "gate.yaml"
    policy.write_text(policy.read_text() + "settings:\n  required_tags: [org, team]\n")
    done = tagged.run(*TAGS)
    assert (done.code, "It has no tag team." in done.out) == (8, True)


def test_a_state_without_taggable_resources_is_no_success(tagged: World) -> None:
    hold({})
    done = tagged.run(*TAGS)
    assert (done.code, "nothing to check" in done.error[0]) == (4, True)
