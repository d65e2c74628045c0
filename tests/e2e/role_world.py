"""A seeded sandbox and everybody who acts in it: each caller of the role tables, under a session really assumed."""

from __future__ import annotations

import base64
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from infragate.adapters.local import environments_file
from infragate.domain.cloud import Credentials
from infragate.domain.environment import Environment, Project
from infragate.sandbox import instance
from infragate.sandbox.cloud import SandboxCloud
from infragate.sandbox.emulator_session import EmulatorSession

ROOT = Path(__file__).parents[2]
STATE, DEV, PROD = "999999999999", "111111111111", "333333333333"
ISSUER = "https://token.actions.githubusercontent.com"
REFUSED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "Forbidden")
ANYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TASKS_MAY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table: who does what.

    Attributes:
        code: the error code that is expected instead of success (allow rows) or beside the usual refusals (deny rows).
    """

    name: str
    call: Callable[[World], object]
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What AWS answered: `code` is "" for success."""

    code: str
    text: str

    @property
    def judged(self) -> bool:
        return "cannot judge" not in self.text

    @property
    def refused(self) -> bool:
        return self.code in REFUSED and self.judged


@dataclass
class World:
    """The callers by name, for instance `dev-apply`, `dev-state-apply`, `oncall`, `atlantis`, `admin-dev`, `task`."""

    cloud: SandboxCloud
    who: dict[str, Credentials] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _making: threading.Lock = field(default_factory=threading.Lock)

    @property
    def project(self) -> Project:
        return self.cloud.project

    @property
    def port(self) -> int:
        port = urlsplit(self.cloud.endpoint or "").port
        assert port is not None
        return port

    @property
    def bucket(self) -> str:
        return self.project.state.bucket

    @property
    def table(self) -> str:
        return self.project.state.lock_table

    def access(self, credentials: Credentials) -> EmulatorSession:
        return EmulatorSession(cloud=self.cloud, region=self.project.region, credentials=credentials)

    def client(self, who: str, service: str) -> Any:
        """The same client for everybody who asks: making one costs more than a call."""
        with self._making:
            if (who, service) not in self._clients:
                made = self.anonymous(service) if who == "nobody" else self.access(self.who[who]).client(service)
                self._clients[who, service] = made
            return self._clients[who, service]

    def anonymous(self, service: str) -> Any:
        """A client that does not sign."""
        return boto3.client(
            service,
            endpoint_url=self.cloud.endpoint,
            region_name=self.project.region,
            config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
        )

    def assume(self, who: str, role: str, **facts: Any) -> Credentials:
        answer = self.client(who, "sts").assume_role(
            **{"RoleArn": role, "RoleSessionName": "table", **{k: v for k, v in facts.items() if v is not None}}
        )
        return _credentials(answer)

    def workflow(self, role: str, token: str) -> Credentials:
        """What a GitHub workflow gets for its token."""
        answer = self.client("nobody", "sts").assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="table", WebIdentityToken=token
        )
        return _credentials(answer)

    def mfa(self) -> dict[str, str]:
        device = instance.on_call_mfa(self.cloud.project)
        assert device is not None
        serial, code = device
        return {"SerialNumber": serial, "TokenCode": code}

    def encrypted(self, key: str | None = None) -> dict[str, str]:
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key or self.made["state-key"]}


def _credentials(answer: Any) -> Credentials:
    keys = answer["Credentials"]
    return Credentials(
        access_key=keys["AccessKeyId"],
        secret_key=keys["SecretAccessKey"],
        token=keys["SessionToken"],
        expires=keys["Expiration"],
    )


def token(subject: str, *, audience: str = "sts.amazonaws.com", issuer: str = ISSUER, seconds: int = 600) -> str:
    """An OIDC token as GitHub words it, with nobody's signature: the emulator checks none."""
    claims = {"iss": issuer, "aud": audience, "sub": subject, "exp": int(time.time()) + seconds}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, claims)]
    return ".".join([*parts, "none"])


def outcome(world: World, row: Row) -> Outcome:
    """What a row comes to."""
    try:
        row.call(world)
    except ClientError as error:
        return Outcome(code=str(error.response["Error"]["Code"]), text=str(error))
    except Exception as error:  # a row that does not even reach AWS must be seen as such, in its own test
        return Outcome(code=type(error).__name__, text=f"not an answer of AWS: {error!r}")
    return Outcome(code="", text="")


@contextmanager
def standing(folder: Path) -> Iterator[World]:
    """A sandbox with the standard's roles, the callers' sessions, and something to attack in every account."""
    root = _checkout(folder)
    try:
        world = World(instance.ensure(root, environments_file.load(root), say=lambda _: None))
        _enter(world)
        _furnish(world)
        yield world
    finally:
        instance.down(root, wipe=True)


def _checkout(folder: Path) -> Path:
    (folder / "infra" / "bootstrap").mkdir(parents=True)
    shutil.copy(ROOT / "infra" / "environments.yaml", folder / "infra")
    shutil.copytree(ROOT / "infra" / "bootstrap" / "policies", folder / "infra" / "bootstrap" / "policies")
    shutil.copytree(ROOT / "modules" / "sg", folder / "modules" / "sg")
    return folder


def _enter(world: World) -> None:
    """Everybody takes the roles that are theirs, the way they are meant to."""
    cloud = world.cloud
    assert cloud.caller is not None
    world.who |= {"atlantis": cloud.caller, "oncall": cloud.on_call_keys()}
    for account, name in ((STATE, "state"), (DEV, "dev"), (PROD, "prod")):
        world.who[f"admin-{name}"] = cloud.administrator(account)
    for name in ("dev", "prod"):
        environment = world.project.environment(name)
        facts = {"ExternalId": environment.external_id, "SourceIdentity": "alice"}
        for purpose in ("plan", "apply"):
            world.who[f"{name}-{purpose}"] = world.assume("atlantis", environment.role_arn(purpose), **facts)
        emergency = {"SourceIdentity": "kim", **world.mfa()}
        world.who[f"{name}-break-glass"] = world.assume("oncall", environment.role_arn("break-glass"), **emergency)
        _enter_state(world, environment)
    drift = {"ExternalId": world.project.drift_role, "SourceIdentity": "alice"}
    world.who["drift"] = world.assume("atlantis", world.project.drift_role_arn, **drift)


def _enter_state(world: World, environment: Environment) -> None:
    for purpose in ("plan", "apply", "break-glass"):
        role = f"arn:aws:iam::{STATE}:role/{environment.prefix}-state-{purpose}"
        name = f"{environment.name}-state-{purpose}"
        world.who[name] = world.assume(f"{environment.name}-{purpose}", role)


def _furnish(world: World) -> None:
    kms = world.client("admin-state", "kms")
    world.made["state-key"] = kms.describe_key(KeyId=world.project.state.kms_alias)["KeyMetadata"]["Arn"]
    for name in ("dev", "prod"):
        _state_of(world, world.project.environment(name))
    _things_of_dev(world)
    _task_role(world)


def _state_of(world: World, environment: Environment) -> None:
    s3, who = world.client(f"{environment.name}-state-apply", "s3"), f"{environment.name}-state-apply"
    for body in (b'{"serial": 1}', b'{"serial": 2}'):
        s3.put_object(Bucket=world.bucket, Key=environment.state_key, Body=body, **world.encrypted())
    versions = s3.list_object_versions(Bucket=world.bucket, Prefix=environment.state_key)["Versions"]
    world.made[f"{environment.name}-version"] = next(one["VersionId"] for one in versions if not one["IsLatest"])
    item = {"LockID": {"S": f"{world.bucket}/{environment.state_key}-md5"}, "Digest": {"S": "0" * 32}}
    world.client(who, "dynamodb").put_item(TableName=world.table, Item=item)


def _things_of_dev(world: World) -> None:
    ec2 = world.client("admin-dev", "ec2")
    tags = {
        "own-group": {"service": "fileflow", "env": "dev"},
        "platform-group": {"Platform": "true", "service": "fileflow", "env": "dev"},
        "stranger-group": {"service": "billing"},
    }
    for name, wanted in tags.items():
        spec = [{"ResourceType": "security-group", "Tags": [{"Key": k, "Value": v} for k, v in wanted.items()]}]
        made = ec2.create_security_group(GroupName=name, Description="table", TagSpecifications=spec)
        world.made[name] = made["GroupId"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "tag:Platform", "Values": ["true"]}])["Subnets"]
    world.made |= {"subnet": subnets[0]["SubnetId"], "vpc": subnets[0]["VpcId"]}
    kms = world.client("admin-dev", "kms")
    world.made["platform-key"] = kms.describe_key(KeyId="alias/platform-dev")["KeyMetadata"]["Arn"]
    topics = world.client("admin-dev", "sns").list_topics()["Topics"]
    world.made["platform-topic"] = next(t["TopicArn"] for t in topics if t["TopicArn"].endswith("platform-alerts-dev"))
    zones = world.client("admin-dev", "route53").list_hosted_zones()["HostedZones"]
    world.made["zone"] = zones[0]["Id"].rpartition("/")[2]
    certificates = world.client("admin-dev", "acm").list_certificates()["CertificateSummaryList"]
    world.made["certificate"] = certificates[0]["CertificateArn"]
    iam = world.client("admin-dev", "iam")
    iam.create_role(RoleName="platform-deploy", AssumeRolePolicyDocument=TASKS_MAY)
    iam.create_role(RoleName="fileflow-dev", AssumeRolePolicyDocument=TASKS_MAY)  # no dash: not ours


def _task_role(world: World) -> None:
    """What a hostile pull request can make at most: a role of ours with the boundary, and everything allowed in it."""
    iam = world.client("admin-dev", "iam")
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{DEV}:root"}, "Action": "sts:AssumeRole"}
            ],
        }
    )
    boundary = f"arn:aws:iam::{DEV}:policy/fileflow-dev-boundary"
    iam.create_role(RoleName="fileflow-dev-evil", AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary)
    iam.put_role_policy(RoleName="fileflow-dev-evil", PolicyName="all", PolicyDocument=ANYTHING)
    world.who["task"] = world.assume("admin-dev", f"arn:aws:iam::{DEV}:role/fileflow-dev-evil")
