"""The emulator as a program: health, switch, records, snapshots, atomic writes, and what it refuses to judge."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import emulator_world as world
from tests.e2e.emulator_world import BUCKET, DEV, TOOLS, Emulator, refusal

from aws_emulator import snapshot_file


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with world.running(
        tmp_path_factory.mktemp("emulator") / "state.snap", "--no-enforcement", "--label", "1.0"
    ) as found:
        world.seed(found)
        yield found


def test_health_names_process_label_and_enforcement(emulator: Emulator) -> None:
    health = emulator.health()
    assert health["status"] == "ok"
    assert health["pid"] == emulator.process.pid
    assert health["label"] == "1.0"
    assert health["enforcement"] == "on"


def test_a_call_that_cannot_be_judged_is_denied_and_named_everywhere(emulator: Emulator) -> None:
    text = refusal(emulator.client("kinesis", emulator.worker()).list_streams)
    assert "cannot judge" in text
    assert "kinesis:ListStreams" in text
    assert "kinesis:ListStreams" in emulator.health()["unjudged"]
    assert "kinesis:ListStreams" in _log(emulator)


def _log(emulator: Emulator) -> str:
    """What the program wrote to stderr, found through its own open file."""
    return Path(f"/proc/{emulator.process.pid}/fd/2").resolve().read_text()


def test_session_tokens_without_a_role_are_not_modelled(emulator: Emulator) -> None:
    assert "cannot judge" in refusal(emulator.client("sts", emulator.made["kim"]).get_session_token)


def test_without_enforcement_a_key_acts_in_its_own_account(emulator: Emulator) -> None:
    worker = emulator.worker()
    assert "AccessDenied" in refusal(emulator.client("sqs", worker).create_queue, QueueName="anything")
    emulator.enforce("off")
    try:
        url = emulator.client("sqs", worker).create_queue(QueueName="anything")["QueueUrl"]
        assert DEV in url
    finally:
        emulator.enforce("on")
    assert "AccessDenied" in refusal(emulator.client("sqs", worker).delete_queue, QueueUrl=url)


def test_a_lifecycle_rule_keeps_how_many_old_versions_stay(emulator: Emulator) -> None:
    expiration = {"NoncurrentDays": 90, "NewerNoncurrentVersions": 20}
    rules = [
        {"ID": "old", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": expiration},
        {"ID": "all", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 7}},
    ]
    emulator.enforce("off")
    s3 = emulator.client("s3", emulator.inside(TOOLS))
    try:
        s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
        found = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    finally:
        emulator.enforce("on")
    assert [rule["NoncurrentVersionExpiration"] for rule in found] == [expiration, {"NoncurrentDays": 7}]


def test_a_new_bucket_is_closed_to_the_public(emulator: Emulator) -> None:
    emulator.enforce("off")
    s3 = emulator.client("s3", emulator.inside(DEV))
    try:
        s3.create_bucket(Bucket="closed", CreateBucketConfiguration={"LocationConstraint": world.REGION})
        blocked = s3.get_public_access_block(Bucket="closed")["PublicAccessBlockConfiguration"]
        s3.delete_public_access_block(Bucket="closed")
        opened = refusal(s3.get_public_access_block, Bucket="closed")
    finally:
        emulator.enforce("on")
    assert (len(blocked), all(blocked.values())) == (4, True)
    assert "NoSuchPublicAccessBlockConfiguration" in opened


def test_an_object_names_the_key_behind_the_alias(emulator: Emulator) -> None:
    emulator.enforce("off")
    who = emulator.inside(TOOLS)
    try:
        key = emulator.client("kms", who).describe_key(KeyId=world.ALIAS)["KeyMetadata"]["Arn"]
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": world.ALIAS}
        made = emulator.client("s3", who).put_object(Bucket=BUCKET, Key="by-alias", Body=b"x", **encryption)
        found = emulator.client("s3", who).head_object(Bucket=BUCKET, Key="by-alias")
    finally:
        emulator.enforce("on")
    assert made["SSEKMSKeyId"] == found["SSEKMSKeyId"] == key


def test_a_key_made_without_a_usage_is_for_encryption(emulator: Emulator) -> None:
    emulator.enforce("off")
    try:
        made = emulator.client("kms", emulator.inside(TOOLS)).create_key()["KeyMetadata"]
    finally:
        emulator.enforce("on")
    assert made["KeyUsage"] == "ENCRYPT_DECRYPT"


@pytest.fixture
def rds(emulator: Emulator) -> Iterator[Any]:
    emulator.enforce("off")
    yield emulator.client("rds", emulator.inside(DEV))
    emulator.enforce("on")


def test_a_changed_subnet_group_is_still_there(emulator: Emulator, rds: Any) -> None:
    ec2 = emulator.client("ec2", emulator.inside(DEV))
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    one, two = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24")["Subnet"]["SubnetId"] for number in (1, 2)
    )
    rds.create_db_subnet_group(DBSubnetGroupName="changed", DBSubnetGroupDescription="x", SubnetIds=[one])
    rds.modify_db_subnet_group(DBSubnetGroupName="changed", SubnetIds=[one, two])
    found = rds.describe_db_subnet_groups(DBSubnetGroupName="changed")["DBSubnetGroups"][0]
    assert {subnet["SubnetIdentifier"] for subnet in found["Subnets"]} == {one, two}


def test_a_parameter_that_is_reset_is_no_longer_the_users(rds: Any) -> None:
    rds.create_db_parameter_group(DBParameterGroupName="g", DBParameterGroupFamily="postgres16", Description="x")
    set_ = {"ParameterName": "log_lock_waits", "ParameterValue": "1", "ApplyMethod": "immediate"}
    rds.modify_db_parameter_group(DBParameterGroupName="g", Parameters=[set_])
    named = [{"ParameterName": "log_lock_waits", "ApplyMethod": "immediate"}]
    assert rds.reset_db_parameter_group(DBParameterGroupName="g", Parameters=named)["DBParameterGroupName"] == "g"
    assert rds.describe_db_parameters(DBParameterGroupName="g", Source="user")["Parameters"] == []


@pytest.fixture
def tagged(emulator: Emulator) -> Iterator[list[str]]:
    """Thirty topics with five tags each."""
    emulator.enforce("off")
    sns, tags = (
        emulator.client("sns", emulator.inside(TOOLS)),
        [{"Key": f"k{number}", "Value": "v"} for number in range(5)],
    )
    try:
        yield [sns.create_topic(Name=f"topic-{number}", Tags=tags)["TopicArn"] for number in range(30)]
    finally:
        emulator.enforce("on")


def test_named_resources_are_listed_in_one_page_with_all_their_tags(emulator: Emulator, tagged: list[str]) -> None:
    answer = emulator.client("resourcegroupstaggingapi", emulator.inside(TOOLS)).get_resources(ResourceARNList=tagged)
    found = {entry["ResourceARN"]: len(entry["Tags"]) for entry in answer["ResourceTagMappingList"]}
    assert found == dict.fromkeys(tagged, 5)
    assert "PaginationToken" not in answer


def test_it_can_be_saved_while_somebody_reads_a_list_page_by_page(emulator: Emulator, tagged: list[str]) -> None:
    answer = emulator.client("resourcegroupstaggingapi", emulator.inside(TOOLS)).get_resources()
    assert answer["PaginationToken"]
    assert emulator.http("/emulator/snapshot", b"")[0] == 200


def test_the_switch_knows_on_and_off_only(emulator: Emulator) -> None:
    assert emulator.http("/emulator/enforcement", b"maybe")[0] == 400
    assert emulator.health()["enforcement"] == "on"


def test_the_control_address_answers_only_those_who_know_the_token(emulator: Emulator) -> None:
    for path, body in (("enforcement", b"off"), ("snapshot", b""), ("calls?since=0", None)):
        assert emulator.http(f"/emulator/{path}", body, with_token=False)[0] == 403
    assert emulator.health()["enforcement"] == "on"


def test_decisions_can_be_read_back_in_order(emulator: Emulator) -> None:
    before = json.loads(emulator.http("/emulator/calls?since=0")[1])["next"]
    worker = emulator.worker()
    emulator.client("sns", worker).create_topic(Name="recorded")
    refusal(emulator.client("ec2", worker).create_vpc, CidrBlock="10.0.0.0/16")
    calls = json.loads(emulator.http(f"/emulator/calls?since={before}")[1])["calls"]
    seen = [(call["account"], call["role"], call["action"], call["allowed"]) for call in calls]
    role = world.role_arn(DEV, "worker")
    assert seen == [
        (TOOLS, world.role_arn(TOOLS, "atlantis-task"), "sts:AssumeRole", True),
        (DEV, role, "sns:CreateTopic", True),
        (DEV, role, "ec2:CreateVpc", False),
    ]
    assert calls[1]["resource"] == f"arn:aws:sns:{world.REGION}:{DEV}:recorded"


@pytest.mark.parametrize("path", ["/moto-api/reset-auth", "/moto-api/reset", "/latest/meta-data/iam/info"])
def test_the_back_doors_of_moto_are_closed(emulator: Emulator, path: str) -> None:
    assert emulator.http(path, b"0")[0] == 404
    assert emulator.http(path)[0] == 404


def test_of_many_lock_takers_exactly_one_wins(emulator: Emulator) -> None:
    clients = [emulator.client("dynamodb", emulator.assume(emulator.made["task"], TOOLS, "locker")) for _ in range(8)]

    def take(client: object) -> str:
        item = {"LockID": {"S": "dev/state"}}
        condition = "attribute_not_exists(LockID)"
        return refusal(client.put_item, TableName=world.TABLE, Item=item, ConditionExpression=condition)  # type: ignore[attr-defined]

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            refusals = list(pool.map(take, clients))
        assert refusals.count("") == 1
        assert all("ConditionalCheckFailed" in text for text in refusals if text)
        clients[0].delete_item(TableName=world.TABLE, Key={"LockID": {"S": "dev/state"}})


def test_a_snapshot_on_demand_is_a_private_file(emulator: Emulator) -> None:
    status, text = emulator.http("/emulator/snapshot", b"")
    found = Path(json.loads(text)["snapshot"])
    assert status == 200
    assert found.stat().st_mode & 0o777 == 0o600


def _copied(emulator: Emulator, folder: Path) -> Path:
    """A snapshot of the running emulator, for another process."""
    status, text = emulator.http("/emulator/snapshot", b"")
    assert status == 200
    return Path(shutil.copy(json.loads(text)["snapshot"], folder / "state.snap"))


def test_everything_is_there_again_after_a_restart(emulator: Emulator, tmp_path: Path) -> None:
    worker, made = emulator.worker(), emulator.made
    snapshot = _copied(emulator, tmp_path)
    first = world.start(snapshot)
    assert first.health()["enforcement"] == "on"
    first.client("s3", worker).put_object(
        Bucket=BUCKET, Key="dev/x", Body=b"kept", ServerSideEncryption="aws:kms", SSEKMSKeyId=made["key"]
    )
    assert world.stop(first) == 0
    with world.running(snapshot) as second:
        second.made = made
        kept = second.client("s3", worker).get_object(Bucket=BUCKET, Key="dev/x")["Body"].read()
        assert kept == b"kept"
        found = second.client("ssm", worker).get_parameter(Name="/platform/dev/vpc_id")
        assert found["Parameter"]["Value"] == "vpc-1"
        assert second.worker(SourceIdentity="bob")["AccessKeyId"]
        assert "UnauthorizedOperation" in refusal(second.client("ec2", worker).create_vpc, CidrBlock="10.0.0.0/16")


def _with_header(content: bytes, **changed: object) -> bytes:
    first, _, rest = content.partition(b"\n")
    return json.dumps({**json.loads(first), **changed}).encode() + b"\n" + rest


@pytest.mark.parametrize("damage", ["garbage", "cut", "version", "foreign"])
def test_a_snapshot_that_cannot_be_used_is_said_and_kept(emulator: Emulator, tmp_path: Path, damage: str) -> None:
    snapshot = _copied(emulator, tmp_path)
    good = snapshot.read_bytes()
    foreign = tmp_path / "foreign.snap"
    snapshot_file.write(foreign, b"cos\nsystem\n.", key=b"a key of somebody else, long enough")
    bad = {
        "garbage": os.urandom(500),
        "cut": good[:-10],
        "version": _with_header(good, moto="4.0.0"),
        "foreign": foreign.read_bytes(),
    }[damage]
    snapshot.write_bytes(bad)
    ended = world.start(snapshot)
    assert ended.process.wait(30) == 4
    text = snapshot.with_suffix(".log").read_text()
    assert "error: " in text
    assert "Traceback" not in text
    assert snapshot.read_bytes() == bad


def test_a_port_that_is_taken_is_said(emulator: Emulator, tmp_path: Path) -> None:
    port = int(emulator.url.rsplit(":", 1)[1])
    second = world.start(tmp_path / "other.snap", port=port)
    assert second.process.wait(30) == 4
    assert "cannot serve" in (tmp_path / "other.log").read_text()
