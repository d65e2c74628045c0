"""The emulator as a real process, and a small world in it: three accounts with callers, roles, a bucket, a key, a table.

Everything here is made with boto3 while enforcement is off, as any outside seeder would do it.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[2]
REGION = "ap-northeast-2"
TOOLS, DEV, PROD = "999999999999", "111111111111", "333333333333"
BUCKET, TABLE, ALIAS = "acme-state", "acme-lock", "alias/acme-state"
ISSUER = "token.actions.githubusercontent.com"
SUBJECTS = ["repo:acme/fileflow:environment:dev", "repo:acme@4217001/fileflow@90210042:environment:dev"]
NOBODY = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
KEY = "a key of thirty-two bytes or more"
PLATFORM = {"Key": "Platform", "Value": "true"}

Credentials = dict[str, Any]
Statement = dict[str, Any]


def policy(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def role_arn(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


@dataclass
class Emulator:
    """A running emulator. ``made`` holds what seeding returned: keys of users, ARNs."""

    url: str
    process: subprocess.Popen[str]
    made: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str, who: Credentials | None = None, region: str = REGION) -> Any:
        """A boto3 client; without credentials it does not sign."""
        signing: Any = {} if who else {"signature_version": UNSIGNED}
        who = who or {}
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, **signing),
            aws_access_key_id=who.get("AccessKeyId", "none"),
            aws_secret_access_key=who.get("SecretAccessKey", "none"),
            aws_session_token=who.get("SessionToken"),
        )

    def http(self, path: str, body: bytes | None = None, *, with_token: bool = True) -> tuple[int, str]:
        """Status and text of a plain request: GET, or POST when there is a body."""
        token = hmac.digest(KEY.encode(), b"control", "sha256").hex() if with_token else "guessed"
        headers = {"Content-Type": "text/plain", "X-Emulator-Token": token}
        request = urllib.request.Request(self.url + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.http("/emulator/health")[1])
        return found

    def enforce(self, state: str) -> None:
        assert self.http("/emulator/enforcement", state.encode())[0] == 200

    def inside(self, account: str) -> Credentials:
        """Somebody in ``account``, as long as nothing is enforced: the role need not exist."""
        return self.assume(NOBODY, account, "boot")

    def assume(self, who: Credentials, account: str, name: str, **more: Any) -> Credentials:
        session: dict[str, Any] = {"RoleArn": role_arn(account, name), "RoleSessionName": "pr-7", **more}
        found: Credentials = self.client("sts", who).assume_role(**session)["Credentials"]
        return found

    def worker(self, **more: Any) -> Credentials:
        """A session of dev's role with a boundary, the usual way."""
        facts = {"ExternalId": "fileflow-dev", "SourceIdentity": "alice", **more}
        return self.assume(self.made["task"], DEV, "worker", **facts)

    def workflow(self, token: str) -> Credentials:
        """What a GitHub workflow gets for its token."""
        answer = self.client("sts").assume_role_with_web_identity(
            RoleArn=role_arn(DEV, "workflow"), RoleSessionName="gha", WebIdentityToken=token
        )
        found: Credentials = answer["Credentials"]
        return found


def refusal(call: Any, *arguments: Any, **more: Any) -> str:
    """Code and text of the refusal of an AWS call; "" when it was not refused."""
    try:
        call(*arguments, **more)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error}"
    return ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(snapshot: Path, *flags: str, port: int | None = None) -> Emulator:
    """The program, when it answers or has ended."""
    port = port or free_port()
    log = snapshot.with_suffix(".log").open("a+")
    key = snapshot.with_suffix(".key")
    key.write_text(KEY)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "aws_emulator",
            "--port",
            str(port),
            "--snapshot",
            str(snapshot),
            "--key",
            str(key),
            *flags,
        ],
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT / "src")},
        stdout=log,
        stderr=log,
        text=True,
    )
    log.close()
    emulator = Emulator(f"http://127.0.0.1:{port}", process)
    for _ in range(600):
        try:
            emulator.health()
            break
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
    return emulator


def stop(emulator: Emulator) -> int:
    """Its exit code after SIGTERM."""
    emulator.process.terminate()
    return emulator.process.wait(30)


@contextmanager
def running(snapshot: Path, *flags: str) -> Iterator[Emulator]:
    emulator = start(snapshot, *flags)
    try:
        yield emulator
    finally:
        stop(emulator)


def token(subject: str = SUBJECTS[0], **claims: Any) -> str:
    """An OIDC token as GitHub's issuer would word it, with nobody's signature."""
    payload = {
        "iss": f"https://{ISSUER}",
        "aud": "sts.amazonaws.com",
        "sub": subject,
        "exp": time.time() + 600,
        **claims,
    }
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, payload)]
    return ".".join([*parts, "none"])


# ---- the world ---------------------------------------------------------------------------------------------------


def seed(emulator: Emulator) -> None:
    """Fills an emulator that enforces nothing, then switches enforcement on."""
    _callers(emulator)
    _state(emulator)
    _environment(emulator)
    emulator.enforce("on")
    emulator.made["task"] = emulator.assume(emulator.made["base"], TOOLS, "atlantis-task")


def _user(iam: Any, name: str, document: str) -> Credentials:
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    found: Credentials = iam.create_access_key(UserName=name)["AccessKey"]
    return found


def _callers(emulator: Emulator) -> None:
    iam = emulator.client("iam", emulator.inside(TOOLS))
    assume = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    emulator.made["base"] = _user(iam, "base", policy(allow("sts:AssumeRole", role_arn(TOOLS, "atlantis-task"))))
    emulator.made["kim"] = _user(iam, "oncall-kim", policy(allow(assume, role_arn(DEV, "break-glass"))))
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="kim")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="oncall-kim", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    emulator.made["device"] = device
    trust = policy({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{TOOLS}:user/base"}, "Action": assume[0]})
    iam.create_role(RoleName="atlantis-task", AssumeRolePolicyDocument=trust)
    # Everywhere: what it may not have, the trust policies of the others must refuse.
    everywhere = policy(allow("sts:*", "arn:aws:iam::*:role/*"))
    iam.put_role_policy(RoleName="atlantis-task", PolicyName="own", PolicyDocument=everywhere)


def _state(emulator: Emulator) -> None:
    """A bucket with a key and a table in the tools account, for dev's worker across accounts and tools' own role."""
    boot = emulator.inside(TOOLS)
    via_s3 = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    key_policy = policy(
        {**allow("kms:*"), "Principal": {"AWS": f"arn:aws:iam::{TOOLS}:root"}},
        {**allow(["kms:Decrypt", "kms:GenerateDataKey"]), "Principal": {"AWS": DEV}, "Condition": via_s3},
    )
    kms = emulator.client("kms", boot)
    key = kms.create_key(Policy=key_policy)["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=ALIAS, TargetKeyId=key)
    emulator.made["key"] = key
    s3 = emulator.client("s3", boot)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    unencrypted = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    no_tls = {"Bool": {"aws:SecureTransport": "false"}}
    objects, worker = f"arn:aws:s3:::{BUCKET}/*", {"AWS": role_arn(DEV, "worker")}
    document = policy(
        {**allow("s3:*", [objects, f"arn:aws:s3:::{BUCKET}"]), "Principal": worker},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": objects, "Condition": unencrypted},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": objects, "Condition": no_tls},
    )
    s3.put_bucket_policy(Bucket=BUCKET, Policy=document)
    s3.put_object(Bucket=BUCKET, Key="dev/state", Body=b"{}", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.put_object(Bucket=BUCKET, Key="prod/state", Body=b"{}", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    emulator.client("dynamodb", boot).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
    )
    _locker(emulator, emulator.client("iam", boot))


def _locker(emulator: Emulator, iam: Any) -> None:
    own_items = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["dev/state"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    trust = {"Effect": "Allow", "Principal": {"AWS": role_arn(TOOLS, "atlantis-task")}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="locker", AssumeRolePolicyDocument=policy(trust))
    document = policy(allow("dynamodb:*", f"arn:aws:dynamodb:{REGION}:{TOOLS}:table/{TABLE}", Condition=own_items))
    iam.put_role_policy(RoleName="locker", PolicyName="own", PolicyDocument=document)


def _environment(emulator: Emulator) -> None:
    for account in (DEV, PROD):
        _roles(emulator, account)
    boot = emulator.inside(DEV)
    ec2 = emulator.client("ec2", boot)
    groups = {"own": [{"Key": "service", "Value": "fileflow"}], "platform": [PLATFORM]}
    for name, tags in groups.items():
        tagged = [{"ResourceType": "security-group", "Tags": tags}]
        emulator.made[name] = ec2.create_security_group(GroupName=name, Description="x", TagSpecifications=tagged)[
            "GroupId"
        ]
    emulator.client("ssm", boot).put_parameter(Name="/platform/dev/vpc_id", Value="vpc-1", Type="String")


def _roles(emulator: Emulator, account: str) -> None:
    iam = emulator.client("iam", emulator.inside(account))
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=_boundary(account))["Policy"]["Arn"]
    task = {"Effect": "Allow", "Principal": {"AWS": role_arn(TOOLS, "atlantis-task")}}
    known = {"StringEquals": {"sts:ExternalId": "fileflow-dev"}, "StringLike": {"sts:SourceIdentity": "?*"}}
    assume = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    trusts: dict[str, Statement] = {"worker": {**task, "Action": assume, "Condition": known}}
    if account == DEV:
        provider = iam.create_open_id_connect_provider(
            Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40]
        )["OpenIDConnectProviderArn"]
        trusts["break-glass"] = {
            "Effect": "Allow",
            "Principal": {"AWS": TOOLS},
            "Action": assume,
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        }
        trusts["workflow"] = {
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": SUBJECTS}},
        }
    else:
        trusts["worker"] = {**task, "Principal": {"AWS": role_arn(PROD, "somebody-else")}, "Action": assume}
    for name, statement in trusts.items():
        limit = {"PermissionsBoundary": boundary} if name == "worker" else {}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(statement), **limit)
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(allow("*")))


def _boundary(account: str) -> str:
    ours = {"StringNotEquals": {"iam:PermissionsBoundary": f"arn:aws:iam::{account}:policy/boundary"}}
    to_tasks = {"StringNotEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    platform = {"StringEquals": {"aws:ResourceTag/Platform": "true"}}
    return policy(
        allow(["sns:*", "s3:*", "kms:*", "ecs:*", "iam:*", "ssm:*", "kinesis:*", "ec2:AuthorizeSecurityGroup*"]),
        {"Effect": "Deny", "Action": ["iam:CreateRole", "iam:PutRolePolicy"], "Resource": "*", "Condition": ours},
        {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*", "Condition": to_tasks},
        {"Effect": "Deny", "Action": "iam:PassRole", "NotResource": f"arn:aws:iam::{account}:role/fileflow-*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": f"arn:aws:s3:::{BUCKET}/prod/*"},
        {"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": platform},
    )
