"""AWS in this process, by moto: the state account, what a service consists of, and the relay for the Terraform stand-in."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unittest import mock

from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.base_backend import BaseBackend
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.ecs.models import ecs_backends
from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, STSBackend

from aws_emulator import shortcuts
from aws_emulator.replacing import replace
from infragate.adapters.aws import aws_api
from infragate.domain.cloud import AWS, Credentials

REGION = "ap-northeast-2"
STATE, DEV = "999999999999", "111111111111"
BUCKET, TABLE, ALIAS = "acme-fileflow-tfstate", "acme-fileflow-tflock", "alias/acme-fileflow-tfstate"
STATE_KEY = "fileflow/dev/terraform.tfstate"
ALARMS = "alb-5xx alb-unhealthy ecs-cpu ecs-memory rds-connections rds-cpu rds-storage".split()
LOCK_ID = f"{BUCKET}/{STATE_KEY}"
QUICK = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}  # moto would read 600 images for each account


def _shorten_requests() -> None:
    """moto would look the same up, and make a table of addresses, again for each request."""
    shortcuts.install()
    make = vars(BaseBackend)["urls"].fget
    of_kind = {}

    def urls(backend: BaseBackend) -> Any:
        kind = type(backend)
        if kind not in of_kind:
            of_kind[kind] = make(backend)
        return of_kind[kind]

    replace(BaseBackend, "urls", property(urls))


_shorten_requests()


@cache
def client(service: str, account: str = STATE) -> Any:
    """A client with every right in an account; one for all worlds, as the keys of a role are the same in all."""
    return aws_api.client(service, cloud=AWS, region=REGION, credentials=_keys(account))


def _keys(account: str) -> Credentials:
    role, caller = f"arn:aws:iam::{account}:role/test", Credentials(access_key="AKIA", secret_key="x")
    return aws_api.assume_role(role, cloud=AWS, region=REGION, session_name="test", credentials=caller)


_assume_role = STSBackend.assume_role


def _assume_the_same(self: STSBackend, **request: Any) -> AssumedRole:
    """moto's answer, but with the same keys each time: what has a client for them need not create one."""
    role = _assume_role(self, **request)
    name = hashlib.sha256(role.arn.encode()).hexdigest()
    role.expiration = role.expiration.replace(minute=59, second=59, microsecond=0)  # it is a part of the keys
    role.access_key_id, role.secret_access_key, role.session_token = f"ASIA{name[:16].upper()}", name[:40], name * 5
    iam_backends[role.account_id][role.partition].access_keys[role.access_key_id] = role.access_key
    return role


@contextmanager
def empty() -> Iterator[None]:
    """AWS in which there is nothing; the clients of all tests in this process are known to it."""
    with (
        mock.patch.dict(os.environ, QUICK),
        mock_aws(),
        mock.patch.object(STSBackend, "assume_role", _assume_the_same),
    ):
        for account in (STATE, DEV):
            _keys(account)
        yield


def make_backend() -> None:
    """Bucket, key and lock table."""
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    kms = client("kms")
    kms.create_alias(AliasName=ALIAS, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def make_service() -> dict[str, str]:
    """A healthy service as the recordings have it; what AWS named by itself, by the words that stand in the recordings."""
    ec2 = client("ec2", DEV)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    app, database = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("app", "db")
    )
    pair = [{"GroupId": app}]
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": pair}
    ec2.authorize_security_group_ingress(GroupId=database, IpPermissions=[rule])
    _make_database(ec2, vpc, database)
    _make_running_service(app)
    _make_alarms()
    return {"SECURITY-GROUP-OF-TASKS": app, "TARGET-GROUP": _make_targets(vpc)}


def _make_database(ec2: Any, vpc: str, group: str) -> None:
    rds = client("rds", DEV)
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    ids = [subnet["SubnetId"] for subnet in subnets]
    rds.create_db_subnet_group(DBSubnetGroupName="db", DBSubnetGroupDescription="db", SubnetIds=ids)
    rds.create_db_instance(
        DBInstanceIdentifier="fileflow-dev",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="fileflow",
        MasterUserPassword="a password of the tests",
        StorageEncrypted=True,
        VpcSecurityGroupIds=[group],
        DBSubnetGroupName="db",
        Port=5432,
    )


def _make_running_service(group: str) -> None:
    """moto runs no tasks: what a service counts is set to what it wants."""
    ecs = client("ecs", DEV)
    ecs.create_cluster(clusterName="fileflow-dev")
    ecs.register_task_definition(
        family="fileflow-dev", containerDefinitions=[{"name": "app", "image": "x", "memory": 512}]
    )
    ecs.create_service(
        cluster="fileflow-dev", serviceName="fileflow-dev", taskDefinition="fileflow-dev", desiredCount=2
    )
    tasks_run(2)


def tasks_run(count: int) -> None:
    """How many tasks of the service run."""
    for service in ecs_backends[DEV][REGION].services.values():
        service.running_count, service.pending_count = count, 0
        for deployment in service.deployments or []:
            deployment.update(runningCount=count, pendingCount=0, rolloutState="COMPLETED")


def _make_alarms() -> None:
    cloudwatch = client("cloudwatch", DEV)
    for name in ALARMS:
        cloudwatch.put_metric_alarm(
            AlarmName=f"fileflow-dev-{name}",
            MetricName="CPUUtilization",
            Namespace="AWS/RDS",
            Period=60,
            EvaluationPeriods=1,
            Threshold=80,
            ComparisonOperator="GreaterThanThreshold",
            Statistic="Average",
        )
        cloudwatch.set_alarm_state(AlarmName=f"fileflow-dev-{name}", StateValue="OK", StateReason="quiet")


def _make_targets(vpc: str) -> str:
    balancing = client("elbv2", DEV)
    made = balancing.create_target_group(
        Name="fileflow-dev", Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip", HealthCheckPath="/health"
    )
    arn = str(made["TargetGroups"][0]["TargetGroupArn"])
    balancing.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.0.0.10"}, {"Id": "10.0.0.11"}])
    return arn


def hold_lock(who: str = "root@atlantis") -> None:
    """Somebody holds dev's lock."""
    info = {"ID": "541c4367-d18f-b3de-fe36-c9f2eef57e4c", "Who": who, "Operation": "OperationTypeApply"}
    item = {"LockID": {"S": LOCK_ID}, "Info": {"S": json.dumps(info)}}
    client("dynamodb").put_item(TableName=TABLE, Item=item)


def free_lock() -> None:
    """Nobody holds dev's lock. After each test: without a request."""
    dynamodb_backends[STATE][REGION].tables[TABLE].delete_item(DynamoType({"S": LOCK_ID}), None)


def objects(prefix: str = "") -> list[str]:
    """Keys in the state bucket."""
    found = client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return sorted(entry["Key"] for entry in found)


def content(key: str) -> Any:
    """The document in an object of the state bucket."""
    return json.loads(client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())


def write_state(state: dict[str, Any]) -> None:
    """Another state of dev."""
    body = json.dumps(state).encode()
    client("s3").put_object(Bucket=BUCKET, Key=STATE_KEY, Body=body, ServerSideEncryption="aws:kms")


@dataclass(slots=True)
class Relay:
    """What carries the stand-in's states and locks into moto, which lives in this process.

    Attributes:
        when_applied: called with the name of a recording that was applied.
    """

    port: int = 0
    when_applied: Callable[[str], None] = lambda _name: None
    applied: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, body: bytes) -> bytes | None:
        """The answer; None where there is nothing."""
        match method, path.strip("/").split("/", 2):
            case "GET", ["object", bucket, key]:
                return _object(bucket, key)
            case "PUT", ["object", bucket, key]:
                client("s3").put_object(Bucket=bucket, Key=key, Body=body, ServerSideEncryption="aws:kms")
            case "POST", ["lock", bucket, key]:
                item = {"LockID": {"S": f"{bucket}/{key}"}, "Info": {"S": body.decode()}}
                client("dynamodb").put_item(TableName=TABLE, Item=item)
            case "DELETE", ["lock", bucket, key]:
                client("dynamodb").delete_item(TableName=TABLE, Key={"LockID": {"S": f"{bucket}/{key}"}})
            case "POST", ["applied", name]:
                self.applied.append(name)
                self.when_applied(name)
        return b""


def _object(bucket: str, key: str) -> bytes | None:
    try:
        found: bytes = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket"):
            return None
        raise
    return found


@contextmanager
def relaying() -> Iterator[Relay]:
    """The relay, while it serves on loopback."""
    relay = Relay()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = relay.answer(self.command, self.path, body)
            self.send_response(404 if found is None else 200)
            self.end_headers()
            self.wfile.write(found or b"")

        def do_PUT(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def do_DELETE(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        relay.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()
